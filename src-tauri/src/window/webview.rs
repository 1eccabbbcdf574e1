//! What the system's web view is told that Tauri has no words for.

use tauri::WebviewWindow;

/// Loads a page again whose process ended, and draws without OpenGL where that would be the processor's work.
#[cfg(target_os = "linux")]
pub(super) fn tend(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt};
    window.with_webview(|view| {
        let view = view.inner();
        if !has_graphics_card()
            && let Some(settings) = WebViewExt::settings(&view)
        {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
        // The web process is the part that dies (of memory, of a driver); the till behind it tells its state anew.
        view.connect_web_process_terminated(|view, reason| {
            tracing::error!(?reason, "the page's process ended; it is loaded again");
            view.reload();
        });
    })
}

/// Elsewhere the system's web view does so by itself or tells nobody.
#[cfg(not(target_os = "linux"))]
pub(super) fn tend(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// Without one, OpenGL is drawn by the processor, the whole window anew for each picture of the camera: 109 % of a core
/// in place of 13 (`cargo xtask bench preview`).
#[cfg(target_os = "linux")]
fn has_graphics_card() -> bool {
    std::fs::read_dir("/dev/dri")
        .is_ok_and(|nodes| nodes.flatten().any(|node| node.file_name().as_encoded_bytes().starts_with(b"renderD")))
}
