//! The same job without a display: lines of text for each result and lamp, codes typed or read by a hand scanner.

use std::io::{self, Write as _};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::say::{amount, in_both, refusal};
use crate::wire::{
    Camera, CameraProblem, CameraState, Damage, DoubtState, Failed, Hint, Lamp, Language, LinkState, ShopShown, Shown,
    Staff, TillEvent, Unit,
};

/// A typed line is never longer.
const LINE_LIMIT: usize = 256;

/// Shows the till until Ctrl-C, SIGTERM, or the server's end.
pub async fn run(app: &App) -> io::Result<()> {
    let mut lines = Lines::default();
    app.screen.listen(Box::new(move |event| lines.of(event).is_none_or(|line| print(&line))));
    if let Some(customer) = app.practice_customer {
        match app.desk.join(customer).await {
            Ok(join) => {
                print(&format!(
                    "Open this on a phone to be the demo customer / 用手机打开，成为演示会员:\n  {}",
                    join.url
                ));
            }
            Err(failed) => tracing::warn!(code = failed.code, "no join link"),
        }
    }
    tokio::select! {
        () = app.stop.cancelled() => {}
        () = stop_signal() => {}
        () = typed(app) => {}
    }
    Ok(())
}

/// Codes from the keyboard or a hand scanner, a line each; the end of the input is not the end of the till.
async fn typed(app: &App) {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if line.trim().is_empty() || line.len() > LINE_LIMIT {
            continue;
        }
        if let Err(Failed { code }) = app.desk.type_code(&line).await {
            print(&format!("✗  {} / {}", refusal(Language::En, &code), refusal(Language::Zh, &code)));
        }
    }
    CancellationToken::new().cancelled().await;
}

/// Ctrl-C, and SIGTERM where there is one.
pub async fn stop_signal() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminated) = signal(SignalKind::terminate()) else { return interrupted.await };
        tokio::select! {
            () = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    interrupted.await;
}

/// Whether anybody reads it.
fn print(line: &str) -> bool {
    writeln!(io::stdout().lock(), "{line}").is_ok()
}

/// From events to lines.
#[derive(Default)]
struct Lines {
    language: Language,
    units: Vec<Unit>,
}

impl Lines {
    fn staff(&self, staff: &Staff) -> Option<String> {
        let locked = staff
            .is_locked()
            .then(|| self.say("An operator's PIN is needed: open the window.", "需要操作员密码：请打开窗口。"));
        locked.map(str::to_owned)
    }

    fn of(&mut self, event: &TillEvent) -> Option<String> {
        match event {
            TillEvent::Shop(shop) => Some(self.shop(shop)),
            TillEvent::Link { state } => Some(self.link(*state).to_owned()),
            TillEvent::Camera(camera) => self.camera(camera),
            TillEvent::Journal { damage } => damage.as_ref().map(|damage| self.damaged(damage)),
            TillEvent::Hint { hint } => self.hint(*hint).map(str::to_owned),
            TillEvent::Result { result } => self.result(result),
            TillEvent::Doubts { doubts } if doubts.is_empty() => None,
            TillEvent::Doubts { doubts } => {
                let list = doubts.iter().map(|doubt| {
                    let amount = self.amount(&doubt.unit, doubt.amount);
                    format!("\n  {}  {amount}  {}  {}", doubt.id, doubt.since, self.doubt(doubt.state))
                });
                Some(format!("{}{}", self.say("In doubt or just settled:", "存疑或刚确认："), list.collect::<String>()))
            }
            TillEvent::Lamp { id, lamp } => {
                let lamp = match lamp {
                    Lamp::Recorded => self.say("recorded", "已记账"),
                    Lamp::Received => self.say("on the phone", "手机已收到"),
                    Lamp::Seen => self.say("seen on the phone", "手机已看到"),
                };
                Some(format!("   {lamp}  {id}"))
            }
            TillEvent::Online { customers } => {
                Some(format!("   {}: {customers}", self.say("phones connected", "在线手机")))
            }
            TillEvent::Staff(staff) => self.staff(staff),
            TillEvent::Found { .. }
            | TillEvent::Entries { .. }
            | TillEvent::Cameras { .. }
            | TillEvent::Server { .. }
            | TillEvent::Receipts { .. }
            | TillEvent::Address(_)
            | TillEvent::Certificate { .. } => None,
        }
    }

    fn say<'a>(&self, en: &'a str, zh: &'a str) -> &'a str {
        in_both(self.language, en, zh)
    }

    fn amount(&self, unit: &str, value: u64) -> String {
        amount(self.language, &self.units, unit, value)
    }

    fn shop(&mut self, shown: &ShopShown) -> String {
        self.language = shown.language;
        self.units.clone_from(&shown.units);
        let practice = if shown.shop.practice { self.say(" (practice)", "（练习）") } else { "" };
        format!(
            "{}{practice}\n{} {}\n{} {}",
            shown.shop.name,
            self.say("The next scan takes", "下一次扫码扣除"),
            self.amount(&shown.preset.unit, shown.preset.amount),
            self.say("Phones:", "手机地址："),
            shown.phone_url,
        )
    }

    fn link(&self, state: LinkState) -> &'static str {
        match state {
            LinkState::Connecting => "Tillbeam …",
            LinkState::Online => self.say("The server answers.", "服务器已连接。"),
            LinkState::Offline => self.say("The server cannot be reached.", "无法连接服务器。"),
            LinkState::Revoked => self.say(
                "This till is no longer paired: pair it again in its window.",
                "本机已解除配对：请在窗口中重新配对。",
            ),
        }
    }

    fn camera(&self, camera: &Camera) -> Option<String> {
        let said = match camera.state {
            CameraState::Opening => return None,
            CameraState::Demo if camera.name.is_empty() => self.say(
                "There is no camera: the demo camera shows the practice customer's code.",
                "没有摄像头：演示摄像头将出示练习会员的码。",
            ),
            CameraState::Demo => self.say("The demo camera runs.", "演示摄像头已开启。"),
            CameraState::Live if camera.problem.is_some() => {
                return Some(self.problem(CameraProblem::Frozen).to_owned());
            }
            CameraState::Live => self.say("The camera runs:", "摄像头已开启："),
            CameraState::Pictures => self.say("Pictures are read from", "正在读取图片："),
            CameraState::None => self.say("There is no camera: plug one in.", "没有摄像头：请插入。"),
            CameraState::Failed => {
                return Some(self.problem(camera.problem.unwrap_or(CameraProblem::Other)).to_owned());
            }
        };
        let named = matches!(camera.state, CameraState::Live | CameraState::Pictures);
        Some(format!("{said} {}", if named { &camera.name } else { "" }).trim_end().to_owned())
    }

    fn problem(&self, problem: CameraProblem) -> &'static str {
        match problem {
            CameraProblem::Busy => {
                self.say("Another program is using the camera: close it.", "摄像头被其他程序占用，请关闭该程序。")
            }
            CameraProblem::Denied => self.say(
                "This program may not use the camera: allow it; on Linux, add this user to the group video.",
                "没有使用摄像头的权限：请授权；Linux 上请将用户加入 video 组。",
            ),
            CameraProblem::Gone => {
                self.say("The camera was unplugged: plug it in again.", "摄像头已拔出，请重新插上。")
            }
            CameraProblem::NoFrames => {
                self.say("The camera sends no picture: unplug it and plug it in again.", "摄像头没有画面，请拔下重插。")
            }
            CameraProblem::Frozen => self.say(
                "The camera's picture does not move: unplug it and plug it in again.",
                "摄像头画面静止不动，请拔下重插。",
            ),
            CameraProblem::Unsupported => {
                self.say("This camera's picture cannot be read: use another.", "无法读取该摄像头的画面，请换一个。")
            }
            CameraProblem::Other => {
                self.say("The camera failed: unplug it and plug it in again.", "摄像头故障，请拔下重插。")
            }
        }
    }

    fn damaged(&self, Damage { lines, asked, kept }: &Damage) -> String {
        let what = self.say("lines of the journal cannot be read", "行待确认记录读不出");
        let done = self.say("of their requests are asked after", "笔可以辨认，正在查询");
        format!("!  {lines} {what}, {asked} {done}: {kept}")
    }

    fn hint(&self, hint: Hint) -> Option<&'static str> {
        match hint {
            Hint::None => None,
            Hint::NotOurs => Some(self.say("   this is not a customer's code", "   这不是会员码")),
            Hint::Misread => Some(self.say("   misread; hold it still", "   读取有误，请拿稳")),
            Hint::TwoCodes => Some(self.say("   two codes at once; show one", "   同时出现两个码，请只出示一个")),
            Hint::Dark => Some(self.say("   too dark, or something is before the lens", "   太暗，或镜头被挡住")),
            Hint::Far => Some(self.say("   too far: hold it closer", "   太远，请靠近")),
            Hint::Blurred => Some(self.say("   blurred: hold it still, or farther away", "   模糊，请拿稳或拿远一点")),
            Hint::Glare => Some(self.say("   glare: tilt the phone", "   反光，请倾斜手机")),
            Hint::Amount => Some(self.say("   wait: the amount is being typed", "   请稍候：正在输入金额")),
            Hint::Wait => Some(self.say("   wait: an earlier request is open", "   请稍候：上一笔未完成")),
        }
    }

    fn doubt(&self, state: DoubtState) -> &'static str {
        match state {
            DoubtState::Asking => self.say("asking", "查询中"),
            DoubtState::Unreachable => self.say("not known, the server cannot be reached", "未知，无法连接服务器"),
            DoubtState::CanCancel => self.say("unknown to the server, can be cancelled", "服务器未收到，可撤销"),
            DoubtState::Cancelling => self.say("being cancelled", "撤销中"),
            DoubtState::Recorded => self.say("recorded", "已扣款"),
            DoubtState::Refused => self.say("refused, nothing taken", "已拒绝，未扣款"),
            DoubtState::Cancelled => self.say("cancelled, nothing taken", "已撤销，未扣款"),
            DoubtState::Gone => self.say("gone: unknown since the restore", "恢复后已不存在"),
        }
    }

    fn result(&self, shown: &Shown) -> Option<String> {
        match shown {
            Shown::Idle | Shown::Sending(_) => None,
            Shown::Checking(_) => {
                Some(self.say("?  checking, do not scan again", "?  查询中，请勿重复扫码").to_owned())
            }
            Shown::Recorded { redemption } if redemption.repeated => Some(format!(
                "=  {} {}, {}: {}",
                self.say("already taken at", "已于此时扣除："),
                redemption.at,
                redemption.customer.name,
                self.amount(&redemption.unit, redemption.amount)
            )),
            Shown::Recorded { redemption } => Some(format!(
                "✓  − {}, {} {}  {}  {}",
                self.amount(&redemption.unit, redemption.amount),
                self.say("left:", "剩余："),
                self.amount(&redemption.unit, redemption.balance),
                redemption.customer.name,
                redemption.mark
            )),
            Shown::Refused(refused) => Some(format!("✗  {}", refusal(self.language, &refused.code))),
            Shown::InDoubt { asked, can_cancel, .. } => {
                let state = if *can_cancel { DoubtState::CanCancel } else { DoubtState::Unreachable };
                Some(format!("?  {}  {}", asked.id, self.doubt(state)))
            }
            Shown::Cancelled { id, .. } => Some(format!("–  {}  {id}", self.doubt(DoubtState::Cancelled))),
        }
    }
}
