//! The texts of the bundled libraries' licences: a part of the page of its own, read when somebody asks for it.

export async function licences(): Promise<string> {
  return (await import('virtual:licences')).default;
}
