//! The wire as JSON, and as the TypeScript that the page compiles against.

use std::path::Path;

use serde_json::{json, to_value};
use ts_rs::{Config, TS};

use super::*;
use crate::request::{About, Approval, Pin, Undone};

const GENERATED: &str = "../ui/src/shared/wire/till.ts";

fn declared<T: TS>(config: &Config) -> String {
    let docs = T::docs().unwrap_or_default();
    format!("{docs}export {}\n\n", T::decl(config))
}

fn typescript() -> String {
    let config = Config::new().with_large_int("number");
    let c = &config;
    let head = "// Generated from src-tauri/src/wire.rs: do not edit. `TILLBEAM_BLESS=1 cargo test -p tillbeam wire` \
                writes it anew.\n\n";
    let types = [
        declared::<TillEvent>(c) + &declared::<ShopShown>(c) + &declared::<Shop>(c) + &declared::<Unit>(c),
        declared::<UnitKind>(c)
            + &declared::<Names>(c)
            + &declared::<Language>(c)
            + &declared::<Preset>(c)
            + &declared::<Product>(c),
        declared::<FirstStart>(c) + &declared::<ShopNamed>(c) + &declared::<Begin>(c) + &declared::<Answers>(c),
        declared::<Owner>(c) + &declared::<Address>(c) + &declared::<Habits>(c),
        declared::<BackupHolds>(c) + &declared::<BackupPlan>(c),
        declared::<Way>(c) + &declared::<Certificate>(c),
        declared::<ServerAt>(c) + &declared::<ServerFound>(c),
        declared::<Imported>(c) + &declared::<Import>(c) + &declared::<ImportedUnit>(c),
        declared::<Receipts>(c) + &declared::<Printer>(c) + &declared::<Paper>(c),
        declared::<WrongCells>(c) + &declared::<WrongCell>(c) + &declared::<WrongWhat>(c),
        declared::<Computer>(c) + &declared::<Display>(c) + &declared::<DisplayShop>(c) + &declared::<DisplayResult>(c),
        declared::<LinkState>(c) + &declared::<Camera>(c) + &declared::<CameraState>(c) + &declared::<CameraProblem>(c),
        declared::<CameraListed>(c) + &declared::<Damage>(c),
        declared::<Hint>(c) + &declared::<Shown>(c) + &declared::<Asked>(c) + &declared::<Refused>(c),
        declared::<Doubt>(c) + &declared::<RequestKind>(c) + &declared::<DoubtState>(c) + &declared::<Lamp>(c),
        declared::<Staff>(c)
            + &declared::<Operator>(c)
            + &declared::<Role>(c)
            + &declared::<Person>(c)
            + &declared::<Saved>(c),
        declared::<About>(c) + &declared::<Undone>(c) + &declared::<Pin>(c) + &declared::<Approval>(c),
        declared::<Customer>(c) + &declared::<Redemption>(c) + &declared::<Listed>(c) + &declared::<Entry>(c),
        declared::<RefusalListed>(c) + &declared::<Join>(c) + &declared::<NewCustomer>(c) + &declared::<Failed>(c),
    ];
    format!("{head}{}", types.concat()).trim_end().to_owned() + "\n"
}

#[test]
fn the_pages_types_are_generated_from_these() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(GENERATED);
    let fresh = typescript();
    if std::env::var_os("TILLBEAM_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &fresh).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == fresh, "{GENERATED} is stale: TILLBEAM_BLESS=1 cargo test -p tillbeam wire");
}

#[test]
fn events_look_as_the_page_expects_them() {
    let id = Uuid::from_u128(1);
    let asked = Asked { id, unit: "wash".to_owned(), amount: 1, since: "2026-11-22T14:03:22.000Z".to_owned() };
    let text = id.to_string();
    let in_doubt = Shown::InDoubt { asked, can_cancel: true, code: None };
    assert_eq!(
        to_value(TillEvent::Result { result: in_doubt }).unwrap(),
        json!({"type": "result", "result": {"status": "in_doubt", "id": text, "unit": "wash", "amount": 1,
               "since": "2026-11-22T14:03:22.000Z", "can_cancel": true}})
    );
    assert_eq!(
        to_value(TillEvent::Camera(Camera {
            state: CameraState::Failed,
            name: String::new(),
            problem: Some(CameraProblem::Gone)
        }))
        .unwrap(),
        json!({"type": "camera", "state": "failed", "name": "", "problem": "gone"})
    );
    assert_eq!(to_value(TillEvent::Found { corners: None }).unwrap(), json!({"type": "found", "corners": null}));
    assert_eq!(
        to_value(TillEvent::Lamp { id, lamp: Lamp::Seen }).unwrap(),
        json!({"type": "lamp", "id": text, "lamp": "seen"})
    );
    let refusal =
        RefusalListed { kind: "refusal", id, of: RequestKind::TopUp, code: "frozen".to_owned(), at: "t".to_owned() };
    assert_eq!(
        to_value(Listed::Refusal(refusal)).unwrap(),
        json!({"kind": "refusal", "id": text, "of": "top_up", "code": "frozen", "at": "t"})
    );
}
