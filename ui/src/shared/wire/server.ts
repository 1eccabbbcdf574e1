// Generated from the server’s own document: do not edit. `npm run wire -- FILE` writes it anew.

export interface paths {
    "/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_acts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_backups"];
        put?: never;
        post: operations["make_backup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/bonus-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["set_bonus_rules"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["find_customers"];
        put?: never;
        post: operations["create_customer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_customer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch: operations["change_customer"];
        trace?: never;
    };
    "/customers/{id}/cards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["create_card"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{id}/credentials/{credential}/replace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["replace_credential"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{id}/credentials/{credential}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["revoke_credential"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{id}/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_customer_entries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{id}/erase": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["erase_customer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{id}/expiry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["set_expiry"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["export_customer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{id}/freeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["freeze_customer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{id}/joins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["create_join"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{id}/pin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["set_customer_pin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{id}/unfreeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["unfreeze_customer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_entries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/exports/customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["export_customers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/exports/shop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["export_shop"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/online": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_online"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operators": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_operators"];
        put?: never;
        post: operations["create_operator"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operators/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch: operations["change_operator"];
        trace?: never;
    };
    "/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["set_products"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/redemptions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_redemption"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reports/day": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_day"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reports/days": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_days"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reports/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_entries_behind"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reports/liability": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_liability"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reports/x": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_x_report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reports/z": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_z_reports"];
        put?: never;
        post: operations["close_day"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reports/z/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_z_report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/shop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_shop"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/shop/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch: operations["change_settings"];
        trace?: never;
    };
    "/terminals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["list_terminals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/terminals/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["revoke_terminal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/terminals/pairings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["create_pairing"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/top-ups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_top_up"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/units": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["change_unit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Account: {
            balance: number;
            bonus: number;
            decimals: number;
            expires_at?: string | null;
            kind: components["schemas"]["UnitKind"];
            names?: components["schemas"]["Names"] | null;
            principal: number;
            unit: components["schemas"]["Unit"];
        };
        Acts: {
            acts: components["schemas"]["ShownAct"][];
        };
        ApprovalBody: {
            operator: components["schemas"]["OperatorId"];
            pin: string;
        };
        BackupBody: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            operator?: components["schemas"]["OperatorId"] | null;
        };
        Backups: {
            dir?: string | null;
            every_s: number;
            failed?: components["schemas"]["Failure"] | null;
            keep: number;
            last?: components["schemas"]["Made"] | null;
            next_at: string;
            running: boolean;
            sealed: boolean;
        };
        BackupsAnswer: {
            backups?: components["schemas"]["Backups"] | null;
        };
        BonusRule: {
            bonus?: number;
            from_amount: number;
            per_mille?: number;
        };
        BonusRulesBody: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            operator?: components["schemas"]["OperatorId"] | null;
            rules: components["schemas"]["BonusRule"][];
            unit: components["schemas"]["Unit"];
        };
        Card: {
            code: string;
            credential: string;
        };
        Chart: {
            days: components["schemas"]["Day"][];
            from: string;
            opening: components["schemas"]["Held"][];
            practice: boolean;
            to: string;
        };
        CloseBody: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            id: components["schemas"]["RequestId"];
            operator?: components["schemas"]["OperatorId"] | null;
        };
        /** @enum {string} */
        Code: "malformed" | "token_invalid" | "insufficient_balance" | "frozen" | "credential_revoked" | "wrong_shop" | "pin_required" | "pin_wrong" | "limit_exceeded" | "approval_required" | "forbidden" | "not_found" | "code_used" | "cancelled" | "id_mismatch" | "reversal_exceeds" | "stands" | "code_expired" | "pass_expired" | "invite_expired" | "too_large" | "code_invalid" | "amount_invalid" | "unit_unknown" | "too_many_attempts" | "internal" | "busy" | "clock_wrong";
        Created: {
            customer: components["schemas"]["CustomerName"];
            join: components["schemas"]["JoinLink"];
        };
        CustomerFile: {
            customers: components["schemas"]["ExportedCustomer"][];
        };
        CustomerId: number;
        CustomerName: {
            id: components["schemas"]["CustomerId"];
            name: string;
        };
        Day: {
            closing: components["schemas"]["Held"][];
            date: string;
            first_entry: number;
            last_entry: number;
            lines: components["schemas"]["Line"][];
        };
        DayLines: {
            date: string;
            lines: components["schemas"]["Line"][];
        };
        DayReport: components["schemas"]["Totals"] & {
            date: string;
            operator_names: components["schemas"]["OperatorName"][];
            practice: boolean;
            terminal_names: components["schemas"]["TerminalName"][];
        };
        /** @enum {string} */
        Deed: "session_opened" | "session_closed" | "pin_blocked" | "operator_made" | "operator_changed" | "pairing_made" | "terminal_paired" | "terminal_revoked" | "customer_made" | "customer_changed" | "join_made" | "expiry_set" | "customer_frozen" | "customer_unfrozen" | "credential_revoked" | "card_made" | "phone_rejoined" | "phone_paused" | "phone_resumed" | "recovery_made" | "recovery_used" | "pin_set" | "pin_removed" | "customer_erased" | "settings_changed" | "unit_changed" | "bonus_rules_changed" | "products_changed" | "shop_made" | "owner_reset" | "restored" | "key_rotated" | "key_compromised" | "old_keys_stopped" | "webhook_made" | "webhook_changed" | "webhook_deleted" | "webhook_disabled";
        /** @enum {string} */
        Direction: "in" | "out";
        Ended: {
            amount?: number | null;
            at?: string | null;
            balance?: number | null;
            bonus?: number | null;
            bonus_reversed?: number | null;
            clock_difference_s?: number | null;
            code?: components["schemas"]["Code"] | null;
            customer?: components["schemas"]["CustomerName"] | null;
            id: components["schemas"]["RequestId"];
            lamp?: components["schemas"]["Lamp"] | null;
            mark?: string | null;
            of?: components["schemas"]["RequestId"] | null;
            repeated?: boolean | null;
            reversed?: number | null;
            seq?: number | null;
            status: components["schemas"]["Status"];
            to?: components["schemas"]["CustomerId"] | null;
            unit?: string | null;
            was?: components["schemas"]["Was"] | null;
        };
        EntryFile: {
            entries: components["schemas"]["ExportedEntry"][];
            last_entry: number;
        };
        /** @enum {string} */
        EntryKind: "redemption" | "top_up" | "bonus" | "reversal" | "refund" | "transfer" | "adjustment" | "expiry";
        EntryPage: {
            entries: Record<string, never>[];
        };
        EraseBody: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            force?: boolean;
            operator?: components["schemas"]["OperatorId"] | null;
        };
        Event: {
            amount?: number | null;
            at: string;
            balance?: number | null;
            bonus?: number | null;
            clock_difference_s?: number | null;
            code?: string | null;
            credential?: string | null;
            decimals?: number | null;
            expires_at?: string | null;
            gain?: boolean | null;
            id: components["schemas"]["RequestId"];
            kind?: components["schemas"]["UnitKind"] | null;
            mark?: string | null;
            of?: components["schemas"]["RequestId"] | null;
            of_type?: string | null;
            principal?: number | null;
            seq: number;
            shop: components["schemas"]["ShopName"];
            status?: string | null;
            step?: number | null;
            type: string;
            unit?: string | null;
        };
        Expiring: {
            bonus: components["schemas"]["Total"];
            principal: components["schemas"]["Total"];
            unit: components["schemas"]["Unit"];
            within_days: number;
        };
        Expiry: {
            after_days?: number | null;
            warn_days: number;
        };
        ExpiryBody: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            expires_at?: string | null;
            operator?: components["schemas"]["OperatorId"] | null;
            unit: components["schemas"]["Unit"];
        };
        Export: {
            customer: components["schemas"]["Person"];
            entries: Record<string, never>[];
            events: components["schemas"]["Event"][];
            notes: components["schemas"]["ExportedNote"][];
        };
        ExportedAccount: {
            bonus: number;
            expires_at?: string | null;
            principal: number;
            unit: components["schemas"]["Unit"];
        };
        ExportedCustomer: {
            accounts: components["schemas"]["ExportedAccount"][];
            created_at: string;
            erased_at?: string | null;
            external_id?: string | null;
            frozen_at?: string | null;
            id: components["schemas"]["CustomerId"];
            name: string;
            phone?: string | null;
        };
        ExportedEntry: {
            against: components["schemas"]["OwnAccount"];
            approver?: components["schemas"]["OperatorId"] | null;
            at: string;
            balance: number;
            bonus: number;
            credential?: string | null;
            customer: components["schemas"]["CustomerId"];
            customer_name: string;
            direction: components["schemas"]["Direction"];
            id: components["schemas"]["RequestId"];
            kind: components["schemas"]["EntryKind"];
            note?: string | null;
            number: number;
            of?: components["schemas"]["EntryKind"] | null;
            operator?: components["schemas"]["OperatorId"] | null;
            other_customer?: components["schemas"]["CustomerId"] | null;
            principal: number;
            reverses?: number | null;
            terminal?: components["schemas"]["TerminalId"] | null;
            unit: components["schemas"]["Unit"];
        };
        ExportedNote: {
            number: number;
            text: string;
        };
        Failure: {
            at: string;
            why: string;
        };
        Found: {
            customers: components["schemas"]["FoundCustomer"][];
        };
        FoundCustomer: {
            frozen: boolean;
            id: components["schemas"]["CustomerId"];
            name: string;
            phone_end?: string | null;
        };
        Held: {
            bonus: components["schemas"]["Total"];
            expired?: components["schemas"]["Total"] | null;
            principal: components["schemas"]["Total"];
            unit: components["schemas"]["Unit"];
        };
        HourLines: {
            hour: number;
            lines: components["schemas"]["Line"][];
        };
        JoinLink: {
            expires_at: string;
            url: string;
        };
        /** @enum {string} */
        Lamp: "recorded" | "received" | "seen";
        /** @enum {string} */
        Language: "en" | "zh";
        LiabilityAnswer: {
            entry: number;
            expiring: components["schemas"]["Expiring"][];
            practice: boolean;
            time: string;
            units: components["schemas"]["Held"][];
        };
        Limits: {
            card_max_per_day?: number | null;
            card_max_per_use?: number | null;
            max_balance?: number | null;
            max_per_day?: number | null;
            max_per_use?: number | null;
            pin_above?: number | null;
        };
        Line: components["schemas"]["What"] & {
            bonus: components["schemas"]["Total"];
            count: number;
            principal: components["schemas"]["Total"];
        };
        ListedTerminal: {
            id: components["schemas"]["TerminalId"];
            name: string;
            paired_at: string;
            revoked_at?: string | null;
        };
        Made: {
            file: string;
            made_at: string;
        };
        Name: string;
        Names: {
            en: components["schemas"]["Name"];
            zh: components["schemas"]["Name"];
        };
        NewCustomer: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            id: components["schemas"]["RequestId"];
            name: components["schemas"]["Name"];
            operator?: components["schemas"]["OperatorId"] | null;
            phone?: components["schemas"]["PhoneNumber"] | null;
        };
        NewJoin: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            operator?: components["schemas"]["OperatorId"] | null;
        };
        NewOperator: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            id?: components["schemas"]["RequestId"] | null;
            name: components["schemas"]["Name"];
            operator?: components["schemas"]["OperatorId"] | null;
            pin: string;
            role: components["schemas"]["Role"];
        };
        NewPairing: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            name: components["schemas"]["Name"];
            operator?: components["schemas"]["OperatorId"] | null;
        };
        Online: {
            customers: components["schemas"]["CustomerName"][];
            more: boolean;
        };
        OperatorChange: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            disabled?: boolean | null;
            name?: components["schemas"]["Name"] | null;
            operator?: components["schemas"]["OperatorId"] | null;
            pin?: string | null;
            role?: components["schemas"]["Role"] | null;
        };
        OperatorId: number;
        OperatorLines: {
            lines: components["schemas"]["Line"][];
            operator?: components["schemas"]["OperatorId"] | null;
        };
        OperatorName: {
            id: components["schemas"]["OperatorId"];
            name: string;
        };
        Operators: {
            operators: components["schemas"]["ShownOperator"][];
        };
        /** @enum {string} */
        OwnAccount: "cash" | "promotion" | "revenue" | "opening" | "transit" | "adjustment";
        PairingCode: {
            ca_sha256?: string | null;
            code: string;
            expires_at: string;
            url: string;
        };
        Person: {
            accounts: components["schemas"]["Account"][];
            created_at: string;
            credentials: components["schemas"]["ShownCredential"][];
            erased_at?: string | null;
            external?: string | null;
            frozen_at?: string | null;
            id: components["schemas"]["CustomerId"];
            name: string;
            phone?: string | null;
            phone_end?: string | null;
            pin: boolean;
            seq: number;
        };
        PersonChange: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            name?: components["schemas"]["Name"] | null;
            operator?: components["schemas"]["OperatorId"] | null;
            phone?: string | null;
        };
        PhoneNumber: string;
        PinBody: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            operator?: components["schemas"]["OperatorId"] | null;
            pin?: string | null;
        };
        Product: {
            amount: number;
            names: components["schemas"]["Names"];
            unit: components["schemas"]["Unit"];
        };
        ProductsBody: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            operator?: components["schemas"]["OperatorId"] | null;
            products: components["schemas"]["Product"][];
        };
        /** @enum {string} */
        RedeemOrder: "principal" | "bonus" | "proportion";
        Replacement: {
            card?: components["schemas"]["Card"] | null;
            join?: components["schemas"]["JoinLink"] | null;
        };
        RequestId: string;
        RevokeBody: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            itself?: boolean;
            operator?: components["schemas"]["OperatorId"] | null;
        };
        /** @enum {string} */
        Role: "cashier" | "manager" | "owner";
        SettingsChange: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            cards?: boolean | null;
            day_start_min?: number | null;
            default_unit?: components["schemas"]["Unit"] | null;
            language?: components["schemas"]["Language"] | null;
            name?: components["schemas"]["Name"] | null;
            operator?: components["schemas"]["OperatorId"] | null;
            redeem_order?: components["schemas"]["RedeemOrder"] | null;
            step_tolerance?: number | null;
            /** @enum {string|null} */
            time_zone?: "Africa/Abidjan" | "Africa/Accra" | "Africa/Addis_Ababa" | "Africa/Algiers" | "Africa/Asmara" | "Africa/Asmera" | "Africa/Bamako" | "Africa/Bangui" | "Africa/Banjul" | "Africa/Bissau" | "Africa/Blantyre" | "Africa/Brazzaville" | "Africa/Bujumbura" | "Africa/Cairo" | "Africa/Casablanca" | "Africa/Ceuta" | "Africa/Conakry" | "Africa/Dakar" | "Africa/Dar_es_Salaam" | "Africa/Djibouti" | "Africa/Douala" | "Africa/El_Aaiun" | "Africa/Freetown" | "Africa/Gaborone" | "Africa/Harare" | "Africa/Johannesburg" | "Africa/Juba" | "Africa/Kampala" | "Africa/Khartoum" | "Africa/Kigali" | "Africa/Kinshasa" | "Africa/Lagos" | "Africa/Libreville" | "Africa/Lome" | "Africa/Luanda" | "Africa/Lubumbashi" | "Africa/Lusaka" | "Africa/Malabo" | "Africa/Maputo" | "Africa/Maseru" | "Africa/Mbabane" | "Africa/Mogadishu" | "Africa/Monrovia" | "Africa/Nairobi" | "Africa/Ndjamena" | "Africa/Niamey" | "Africa/Nouakchott" | "Africa/Ouagadougou" | "Africa/Porto-Novo" | "Africa/Sao_Tome" | "Africa/Timbuktu" | "Africa/Tripoli" | "Africa/Tunis" | "Africa/Windhoek" | "America/Adak" | "America/Anchorage" | "America/Anguilla" | "America/Antigua" | "America/Araguaina" | "America/Argentina/Buenos_Aires" | "America/Argentina/Catamarca" | "America/Argentina/ComodRivadavia" | "America/Argentina/Cordoba" | "America/Argentina/Jujuy" | "America/Argentina/La_Rioja" | "America/Argentina/Mendoza" | "America/Argentina/Rio_Gallegos" | "America/Argentina/Salta" | "America/Argentina/San_Juan" | "America/Argentina/San_Luis" | "America/Argentina/Tucuman" | "America/Argentina/Ushuaia" | "America/Aruba" | "America/Asuncion" | "America/Atikokan" | "America/Atka" | "America/Bahia" | "America/Bahia_Banderas" | "America/Barbados" | "America/Belem" | "America/Belize" | "America/Blanc-Sablon" | "America/Boa_Vista" | "America/Bogota" | "America/Boise" | "America/Buenos_Aires" | "America/Cambridge_Bay" | "America/Campo_Grande" | "America/Cancun" | "America/Caracas" | "America/Catamarca" | "America/Cayenne" | "America/Cayman" | "America/Chicago" | "America/Chihuahua" | "America/Ciudad_Juarez" | "America/Coral_Harbour" | "America/Cordoba" | "America/Costa_Rica" | "America/Coyhaique" | "America/Creston" | "America/Cuiaba" | "America/Curacao" | "America/Danmarkshavn" | "America/Dawson" | "America/Dawson_Creek" | "America/Denver" | "America/Detroit" | "America/Dominica" | "America/Edmonton" | "America/Eirunepe" | "America/El_Salvador" | "America/Ensenada" | "America/Fort_Nelson" | "America/Fort_Wayne" | "America/Fortaleza" | "America/Glace_Bay" | "America/Godthab" | "America/Goose_Bay" | "America/Grand_Turk" | "America/Grenada" | "America/Guadeloupe" | "America/Guatemala" | "America/Guayaquil" | "America/Guyana" | "America/Halifax" | "America/Havana" | "America/Hermosillo" | "America/Indiana/Indianapolis" | "America/Indiana/Knox" | "America/Indiana/Marengo" | "America/Indiana/Petersburg" | "America/Indiana/Tell_City" | "America/Indiana/Vevay" | "America/Indiana/Vincennes" | "America/Indiana/Winamac" | "America/Indianapolis" | "America/Inuvik" | "America/Iqaluit" | "America/Jamaica" | "America/Jujuy" | "America/Juneau" | "America/Kentucky/Louisville" | "America/Kentucky/Monticello" | "America/Knox_IN" | "America/Kralendijk" | "America/La_Paz" | "America/Lima" | "America/Los_Angeles" | "America/Louisville" | "America/Lower_Princes" | "America/Maceio" | "America/Managua" | "America/Manaus" | "America/Marigot" | "America/Martinique" | "America/Matamoros" | "America/Mazatlan" | "America/Mendoza" | "America/Menominee" | "America/Merida" | "America/Metlakatla" | "America/Mexico_City" | "America/Miquelon" | "America/Moncton" | "America/Monterrey" | "America/Montevideo" | "America/Montreal" | "America/Montserrat" | "America/Nassau" | "America/New_York" | "America/Nipigon" | "America/Nome" | "America/Noronha" | "America/North_Dakota/Beulah" | "America/North_Dakota/Center" | "America/North_Dakota/New_Salem" | "America/Nuuk" | "America/Ojinaga" | "America/Panama" | "America/Pangnirtung" | "America/Paramaribo" | "America/Phoenix" | "America/Port-au-Prince" | "America/Port_of_Spain" | "America/Porto_Acre" | "America/Porto_Velho" | "America/Puerto_Rico" | "America/Punta_Arenas" | "America/Rainy_River" | "America/Rankin_Inlet" | "America/Recife" | "America/Regina" | "America/Resolute" | "America/Rio_Branco" | "America/Rosario" | "America/Santa_Isabel" | "America/Santarem" | "America/Santiago" | "America/Santo_Domingo" | "America/Sao_Paulo" | "America/Scoresbysund" | "America/Shiprock" | "America/Sitka" | "America/St_Barthelemy" | "America/St_Johns" | "America/St_Kitts" | "America/St_Lucia" | "America/St_Thomas" | "America/St_Vincent" | "America/Swift_Current" | "America/Tegucigalpa" | "America/Thule" | "America/Thunder_Bay" | "America/Tijuana" | "America/Toronto" | "America/Tortola" | "America/Vancouver" | "America/Virgin" | "America/Whitehorse" | "America/Winnipeg" | "America/Yakutat" | "America/Yellowknife" | "Antarctica/Casey" | "Antarctica/Davis" | "Antarctica/DumontDUrville" | "Antarctica/Macquarie" | "Antarctica/Mawson" | "Antarctica/McMurdo" | "Antarctica/Palmer" | "Antarctica/Rothera" | "Antarctica/South_Pole" | "Antarctica/Syowa" | "Antarctica/Troll" | "Antarctica/Vostok" | "Arctic/Longyearbyen" | "Asia/Aden" | "Asia/Almaty" | "Asia/Amman" | "Asia/Anadyr" | "Asia/Aqtau" | "Asia/Aqtobe" | "Asia/Ashgabat" | "Asia/Ashkhabad" | "Asia/Atyrau" | "Asia/Baghdad" | "Asia/Bahrain" | "Asia/Baku" | "Asia/Bangkok" | "Asia/Barnaul" | "Asia/Beirut" | "Asia/Bishkek" | "Asia/Brunei" | "Asia/Calcutta" | "Asia/Chita" | "Asia/Choibalsan" | "Asia/Chongqing" | "Asia/Chungking" | "Asia/Colombo" | "Asia/Dacca" | "Asia/Damascus" | "Asia/Dhaka" | "Asia/Dili" | "Asia/Dubai" | "Asia/Dushanbe" | "Asia/Famagusta" | "Asia/Gaza" | "Asia/Harbin" | "Asia/Hebron" | "Asia/Ho_Chi_Minh" | "Asia/Hong_Kong" | "Asia/Hovd" | "Asia/Irkutsk" | "Asia/Istanbul" | "Asia/Jakarta" | "Asia/Jayapura" | "Asia/Jerusalem" | "Asia/Kabul" | "Asia/Kamchatka" | "Asia/Karachi" | "Asia/Kashgar" | "Asia/Kathmandu" | "Asia/Katmandu" | "Asia/Khandyga" | "Asia/Kolkata" | "Asia/Krasnoyarsk" | "Asia/Kuala_Lumpur" | "Asia/Kuching" | "Asia/Kuwait" | "Asia/Macao" | "Asia/Macau" | "Asia/Magadan" | "Asia/Makassar" | "Asia/Manila" | "Asia/Muscat" | "Asia/Nicosia" | "Asia/Novokuznetsk" | "Asia/Novosibirsk" | "Asia/Omsk" | "Asia/Oral" | "Asia/Phnom_Penh" | "Asia/Pontianak" | "Asia/Pyongyang" | "Asia/Qatar" | "Asia/Qostanay" | "Asia/Qyzylorda" | "Asia/Rangoon" | "Asia/Riyadh" | "Asia/Saigon" | "Asia/Sakhalin" | "Asia/Samarkand" | "Asia/Seoul" | "Asia/Shanghai" | "Asia/Singapore" | "Asia/Srednekolymsk" | "Asia/Taipei" | "Asia/Tashkent" | "Asia/Tbilisi" | "Asia/Tehran" | "Asia/Tel_Aviv" | "Asia/Thimbu" | "Asia/Thimphu" | "Asia/Tokyo" | "Asia/Tomsk" | "Asia/Ujung_Pandang" | "Asia/Ulaanbaatar" | "Asia/Ulan_Bator" | "Asia/Urumqi" | "Asia/Ust-Nera" | "Asia/Vientiane" | "Asia/Vladivostok" | "Asia/Yakutsk" | "Asia/Yangon" | "Asia/Yekaterinburg" | "Asia/Yerevan" | "Atlantic/Azores" | "Atlantic/Bermuda" | "Atlantic/Canary" | "Atlantic/Cape_Verde" | "Atlantic/Faeroe" | "Atlantic/Faroe" | "Atlantic/Jan_Mayen" | "Atlantic/Madeira" | "Atlantic/Reykjavik" | "Atlantic/South_Georgia" | "Atlantic/St_Helena" | "Atlantic/Stanley" | "Australia/ACT" | "Australia/Adelaide" | "Australia/Brisbane" | "Australia/Broken_Hill" | "Australia/Canberra" | "Australia/Currie" | "Australia/Darwin" | "Australia/Eucla" | "Australia/Hobart" | "Australia/LHI" | "Australia/Lindeman" | "Australia/Lord_Howe" | "Australia/Melbourne" | "Australia/North" | "Australia/NSW" | "Australia/Perth" | "Australia/Queensland" | "Australia/South" | "Australia/Sydney" | "Australia/Tasmania" | "Australia/Victoria" | "Australia/West" | "Australia/Yancowinna" | "Brazil/Acre" | "Brazil/DeNoronha" | "Brazil/East" | "Brazil/West" | "Canada/Atlantic" | "Canada/Central" | "Canada/Eastern" | "Canada/Mountain" | "Canada/Newfoundland" | "Canada/Pacific" | "Canada/Saskatchewan" | "Canada/Yukon" | "CET" | "Chile/Continental" | "Chile/EasterIsland" | "CST6CDT" | "Cuba" | "EET" | "Egypt" | "Eire" | "EST" | "EST5EDT" | "Etc/GMT" | "Etc/GMT+0" | "Etc/GMT+1" | "Etc/GMT+10" | "Etc/GMT+11" | "Etc/GMT+12" | "Etc/GMT+2" | "Etc/GMT+3" | "Etc/GMT+4" | "Etc/GMT+5" | "Etc/GMT+6" | "Etc/GMT+7" | "Etc/GMT+8" | "Etc/GMT+9" | "Etc/GMT-0" | "Etc/GMT-1" | "Etc/GMT-10" | "Etc/GMT-11" | "Etc/GMT-12" | "Etc/GMT-13" | "Etc/GMT-14" | "Etc/GMT-2" | "Etc/GMT-3" | "Etc/GMT-4" | "Etc/GMT-5" | "Etc/GMT-6" | "Etc/GMT-7" | "Etc/GMT-8" | "Etc/GMT-9" | "Etc/GMT0" | "Etc/Greenwich" | "Etc/UCT" | "Etc/Universal" | "Etc/UTC" | "Etc/Zulu" | "Europe/Amsterdam" | "Europe/Andorra" | "Europe/Astrakhan" | "Europe/Athens" | "Europe/Belfast" | "Europe/Belgrade" | "Europe/Berlin" | "Europe/Bratislava" | "Europe/Brussels" | "Europe/Bucharest" | "Europe/Budapest" | "Europe/Busingen" | "Europe/Chisinau" | "Europe/Copenhagen" | "Europe/Dublin" | "Europe/Gibraltar" | "Europe/Guernsey" | "Europe/Helsinki" | "Europe/Isle_of_Man" | "Europe/Istanbul" | "Europe/Jersey" | "Europe/Kaliningrad" | "Europe/Kiev" | "Europe/Kirov" | "Europe/Kyiv" | "Europe/Lisbon" | "Europe/Ljubljana" | "Europe/London" | "Europe/Luxembourg" | "Europe/Madrid" | "Europe/Malta" | "Europe/Mariehamn" | "Europe/Minsk" | "Europe/Monaco" | "Europe/Moscow" | "Europe/Nicosia" | "Europe/Oslo" | "Europe/Paris" | "Europe/Podgorica" | "Europe/Prague" | "Europe/Riga" | "Europe/Rome" | "Europe/Samara" | "Europe/San_Marino" | "Europe/Sarajevo" | "Europe/Saratov" | "Europe/Simferopol" | "Europe/Skopje" | "Europe/Sofia" | "Europe/Stockholm" | "Europe/Tallinn" | "Europe/Tirane" | "Europe/Tiraspol" | "Europe/Ulyanovsk" | "Europe/Uzhgorod" | "Europe/Vaduz" | "Europe/Vatican" | "Europe/Vienna" | "Europe/Vilnius" | "Europe/Volgograd" | "Europe/Warsaw" | "Europe/Zagreb" | "Europe/Zaporozhye" | "Europe/Zurich" | "Factory" | "GB" | "GB-Eire" | "GMT" | "GMT+0" | "GMT-0" | "GMT0" | "Greenwich" | "Hongkong" | "HST" | "Iceland" | "Indian/Antananarivo" | "Indian/Chagos" | "Indian/Christmas" | "Indian/Cocos" | "Indian/Comoro" | "Indian/Kerguelen" | "Indian/Mahe" | "Indian/Maldives" | "Indian/Mauritius" | "Indian/Mayotte" | "Indian/Reunion" | "Iran" | "Israel" | "Jamaica" | "Japan" | "Kwajalein" | "Libya" | "MET" | "Mexico/BajaNorte" | "Mexico/BajaSur" | "Mexico/General" | "MST" | "MST7MDT" | "Navajo" | "NZ" | "NZ-CHAT" | "Pacific/Apia" | "Pacific/Auckland" | "Pacific/Bougainville" | "Pacific/Chatham" | "Pacific/Chuuk" | "Pacific/Easter" | "Pacific/Efate" | "Pacific/Enderbury" | "Pacific/Fakaofo" | "Pacific/Fiji" | "Pacific/Funafuti" | "Pacific/Galapagos" | "Pacific/Gambier" | "Pacific/Guadalcanal" | "Pacific/Guam" | "Pacific/Honolulu" | "Pacific/Johnston" | "Pacific/Kanton" | "Pacific/Kiritimati" | "Pacific/Kosrae" | "Pacific/Kwajalein" | "Pacific/Majuro" | "Pacific/Marquesas" | "Pacific/Midway" | "Pacific/Nauru" | "Pacific/Niue" | "Pacific/Norfolk" | "Pacific/Noumea" | "Pacific/Pago_Pago" | "Pacific/Palau" | "Pacific/Pitcairn" | "Pacific/Pohnpei" | "Pacific/Ponape" | "Pacific/Port_Moresby" | "Pacific/Rarotonga" | "Pacific/Saipan" | "Pacific/Samoa" | "Pacific/Tahiti" | "Pacific/Tarawa" | "Pacific/Tongatapu" | "Pacific/Truk" | "Pacific/Wake" | "Pacific/Wallis" | "Pacific/Yap" | "Poland" | "Portugal" | "PRC" | "PST8PDT" | "ROC" | "ROK" | "Singapore" | "Turkey" | "UCT" | "Universal" | "US/Alaska" | "US/Aleutian" | "US/Arizona" | "US/Central" | "US/East-Indiana" | "US/Eastern" | "US/Hawaii" | "US/Indiana-Starke" | "US/Michigan" | "US/Mountain" | "US/Pacific" | "US/Samoa" | "UTC" | "W-SU" | "WET" | "Zulu" | null;
        };
        ShopAnswer: {
            default_unit: string;
            phone_url: string;
            products: components["schemas"]["Product"][];
            shop: components["schemas"]["ShownShop"];
            terminal: components["schemas"]["ShownTerminal"];
            time: string;
            units: components["schemas"]["ShownUnit"][];
        };
        ShopId: number;
        ShopName: {
            id: components["schemas"]["ShopId"];
            name: string;
        };
        ShownAct: {
            act: components["schemas"]["Deed"];
            approver?: components["schemas"]["OperatorId"] | null;
            at: string;
            customer?: components["schemas"]["CustomerId"] | null;
            customer_name?: string | null;
            detail: Record<string, never>;
            number: number;
            operator?: components["schemas"]["OperatorId"] | null;
            terminal?: components["schemas"]["TerminalId"] | null;
        };
        ShownCredential: {
            created_at: string;
            credential: string;
            kind: string;
            pin_blocked_until?: string | null;
            revoked_at?: string | null;
        };
        ShownOperator: {
            disabled: boolean;
            id: components["schemas"]["OperatorId"];
            name: string;
            open: boolean;
            role: components["schemas"]["Role"];
        };
        ShownShop: {
            cards: boolean;
            currency: string;
            day_start_min: number;
            id: components["schemas"]["ShopId"];
            language: string;
            name: string;
            practice: boolean;
            redeem_order: string;
            step_tolerance: number;
            time_zone: string;
        };
        ShownTerminal: {
            id: components["schemas"]["TerminalId"];
            name: string;
        };
        ShownUnit: {
            bonus_rules: components["schemas"]["BonusRule"][];
            decimals: number;
            expiry: components["schemas"]["Expiry"];
            kind: components["schemas"]["UnitKind"];
            limits: components["schemas"]["Limits"];
            names: components["schemas"]["Names"];
            retired: boolean;
            unit: components["schemas"]["Unit"];
        };
        ShownZ: components["schemas"]["ZHead"] & components["schemas"]["Totals"] & {
            operator_names: components["schemas"]["OperatorName"][];
            practice: boolean;
            terminal_names: components["schemas"]["TerminalName"][];
        };
        /** @enum {string} */
        Status: "recorded" | "refused" | "cancelled";
        TerminalId: number;
        TerminalLines: {
            lines: components["schemas"]["Line"][];
            terminal?: components["schemas"]["TerminalId"] | null;
        };
        TerminalName: {
            id: components["schemas"]["TerminalId"];
            name: string;
        };
        Terminals: {
            terminals: components["schemas"]["ListedTerminal"][];
        };
        Total: string;
        Totals: {
            closing: components["schemas"]["Held"][];
            days: components["schemas"]["DayLines"][];
            first_entry: number;
            hours: components["schemas"]["HourLines"][];
            last_entry: number;
            lines: components["schemas"]["Line"][];
            opening: components["schemas"]["Held"][];
            operators: components["schemas"]["OperatorLines"][];
            terminals: components["schemas"]["TerminalLines"][];
        };
        Unit: string;
        UnitChange: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            expiry?: components["schemas"]["Expiry"] | null;
            limits?: components["schemas"]["Limits"] | null;
            names?: components["schemas"]["Names"] | null;
            operator?: components["schemas"]["OperatorId"] | null;
            retired?: boolean | null;
            unit: components["schemas"]["Unit"];
        };
        /** @enum {string} */
        UnitKind: "pass" | "money";
        /** @enum {string} */
        Was: "unknown" | "refused" | "recorded";
        What: {
            against: components["schemas"]["OwnAccount"];
            direction: components["schemas"]["Direction"];
            kind: components["schemas"]["EntryKind"];
            of?: components["schemas"]["EntryKind"] | null;
            unit: components["schemas"]["Unit"];
        };
        WhoBody: {
            approval?: components["schemas"]["ApprovalBody"] | null;
            operator?: components["schemas"]["OperatorId"] | null;
        };
        XReport: components["schemas"]["Totals"] & {
            operator_names: components["schemas"]["OperatorName"][];
            practice: boolean;
            terminal_names: components["schemas"]["TerminalName"][];
            time: string;
        };
        ZHead: {
            approver?: components["schemas"]["OperatorId"] | null;
            at: string;
            hash: string;
            id: components["schemas"]["RequestId"];
            number: number;
            operator?: components["schemas"]["OperatorId"] | null;
            terminal: components["schemas"]["TerminalId"];
        };
        ZList: {
            reports: components["schemas"]["ZRange"][];
        };
        ZRange: components["schemas"]["ZHead"] & {
            first_entry: number;
            last_entry: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_acts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Acts"];
                };
            };
        };
    };
    get_backups: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupsAnswer"];
                };
            };
        };
    };
    make_backup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BackupBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupsAnswer"];
                };
            };
        };
    };
    set_bonus_rules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BonusRulesBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopAnswer"];
                };
            };
        };
    };
    find_customers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Found"];
                };
            };
        };
    };
    create_customer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCustomer"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Created"];
                };
            };
        };
    };
    get_customer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Person"];
                };
            };
        };
    };
    change_customer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Person"];
                };
            };
        };
    };
    create_card: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WhoBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Card"];
                };
            };
        };
    };
    replace_credential: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WhoBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replacement"];
                };
            };
        };
    };
    revoke_credential: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WhoBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_customer_entries: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntryPage"];
                };
            };
        };
    };
    erase_customer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EraseBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    set_expiry: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExpiryBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    export_customer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
        };
    };
    freeze_customer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WhoBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    create_join: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewJoin"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JoinLink"];
                };
            };
        };
    };
    set_customer_pin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PinBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    unfreeze_customer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WhoBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_entries: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntryFile"];
                };
            };
        };
    };
    export_customers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerFile"];
                };
            };
        };
    };
    export_shop: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    list_online: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Online"];
                };
            };
        };
    };
    list_operators: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operators"];
                };
            };
        };
    };
    create_operator: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOperator"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownOperator"];
                };
            };
        };
    };
    change_operator: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OperatorChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownOperator"];
                };
            };
        };
    };
    set_products: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProductsBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopAnswer"];
                };
            };
        };
    };
    get_redemption: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ended"];
                };
            };
        };
    };
    get_day: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DayReport"];
                };
            };
        };
    };
    get_days: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Chart"];
                };
            };
        };
    };
    list_entries_behind: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntryPage"];
                };
            };
        };
    };
    get_liability: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LiabilityAnswer"];
                };
            };
        };
    };
    get_x_report: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["XReport"];
                };
            };
        };
    };
    list_z_reports: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ZList"];
                };
            };
        };
    };
    close_day: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CloseBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownZ"];
                };
            };
        };
    };
    get_z_report: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownZ"];
                };
            };
        };
    };
    get_shop: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopAnswer"];
                };
            };
        };
    };
    change_settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingsChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopAnswer"];
                };
            };
        };
    };
    list_terminals: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Terminals"];
                };
            };
        };
    };
    revoke_terminal: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevokeBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedTerminal"];
                };
            };
        };
    };
    create_pairing: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPairing"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PairingCode"];
                };
            };
        };
    };
    get_top_up: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ended"];
                };
            };
        };
    };
    change_unit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UnitChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShopAnswer"];
                };
            };
        };
    };
}
