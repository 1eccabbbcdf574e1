//! A bare Tauri window, for `cargo xtask bench window` to compare the till's with: one page, one command, no till.

#![expect(clippy::print_stderr, reason = "the measurement reads it")]

/// Under the name that the project's permissions know.
#[tauri::command]
fn first_paint() {
    eprintln!("the page is painted");
}

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![first_paint])
        .setup(|app| {
            let page = tauri::WebviewUrl::App("index.html".into());
            tauri::WebviewWindowBuilder::new(app, "till", page).inner_size(1280.0, 800.0).build()?;
            Ok(())
        })
        .run(tauri::generate_context!("examples/bare/tauri.conf.json"))
}
