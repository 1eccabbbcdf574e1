//! What the system's web view is told that Tauri has no words for.

use tauri::WebviewWindow;

/// Draws the till without OpenGL where that would be the processor's work.
#[cfg(target_os = "linux")]
pub(super) fn draw_plainly(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};
    window.with_webview(|view| {
        if !has_graphics_card()
            && let Some(settings) = view.inner().settings()
        {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}

/// Elsewhere the system's web view knows.
#[cfg(not(target_os = "linux"))]
pub(super) fn draw_plainly(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// The web process is the part that dies (of memory, of a driver); the till behind it lives and tells its state anew.
#[cfg(target_os = "linux")]
pub(super) fn reload_when_it_dies(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::WebViewExt as _;
    window.with_webview(|view| {
        view.inner().connect_web_process_terminated(|view, reason| {
            tracing::error!(?reason, "the page's process ended; it is loaded again");
            view.reload();
        });
    })
}

/// Elsewhere the system's web view does so by itself or tells nobody.
#[cfg(not(target_os = "linux"))]
pub(super) fn reload_when_it_dies(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// Without one, OpenGL is drawn by the processor, the whole window anew for each picture of the camera: 109 % of a core
/// in place of 17 (`cargo xtask bench preview`).
#[cfg(target_os = "linux")]
fn has_graphics_card() -> bool {
    std::fs::read_dir("/dev/dri")
        .is_ok_and(|nodes| nodes.flatten().any(|node| node.file_name().as_encoded_bytes().starts_with(b"renderD")))
}
