//! Declares the window's commands to Tauri, so that the page may call these and nothing else,
//! and makes a placeholder page on a fresh clone, so that `cargo check` works before the UI was built.

/// Every command the page may call; each becomes an `allow-…` permission for a file in `capabilities/`.
#[cfg(feature = "window")]
const COMMANDS: [&str; 41] = [
    "open",
    "begin",
    "leave",
    "set_address",
    "know_address",
    "set_habits",
    "test_server",
    "look_at_backup",
    "set_backups",
    "restore",
    "set_receipts",
    "print_receipt",
    "preview",
    "preview_drawn",
    "set_preset",
    "type_code",
    "cancel",
    "type_amount",
    "dismiss",
    "know_damage",
    "new_customer",
    "find_customers",
    "join",
    "ask",
    "save",
    "move_value",
    "again",
    "unlock",
    "lock",
    "print",
    "set_language",
    "choose_camera",
    "read_picture",
    "import_customers",
    "first_paint",
    "computer",
    "set_autostart",
    "set_customers",
    "show_join",
    "watch",
    "fill_screen",
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    #[cfg(feature = "window")]
    {
        placeholder_page().expect("ui/dist can be written");
        let manifest = tauri_build::AppManifest::new().commands(&COMMANDS);
        tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
            .expect("tauri.conf.json and capabilities/ are right");
    }
}

/// Only where there is no page at all: what the UI's own build made is never touched.
#[cfg(feature = "window")]
fn placeholder_page() -> std::io::Result<()> {
    let dist = std::path::Path::new("../ui/dist");
    let page = dist.join("merchant.html");
    println!("cargo:rerun-if-changed=../ui/dist");
    if page.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(dist)?;
    std::fs::write(
        page,
        "<!doctype html><meta charset=\"utf-8\"><title>Tillbeam</title>\
         <p>The page was not built yet. Run <code>cargo xtask run</code>, \
         or <code>npm install &amp;&amp; npm run build</code> in <code>ui/</code> and build again.</p>\n",
    )
}
