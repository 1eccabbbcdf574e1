/// <reference types="svelte" />
/// <reference types="vite/client" />

/** True in the builds that carry the fake till (development, tests, screenshots). */
declare const __FAKES__: boolean;

/** Of the program, as `package.json` has it. */
declare const __VERSION__: string;

/** The licences of the bundled libraries, as `public/licences.txt` has them. */
declare module 'virtual:licences' {
  const text: string;
  export default text;
}
