// Generated from openapi.json by `npm run codegen`. Do not edit.
export interface paths {
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as a page to read. */
        get: operations["get_docs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process answers. */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics for Prometheus (OpenMetrics text): counts and timings only, nothing of any case. */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The OpenAPI document of this server. */
        get: operations["get_openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server can take work: the database answers and it is not stopping. */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/absences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who is away: oneself and those for whom one stands in or is asked to; everybody, with the right
         *     to read members.
         */
        get: operations["list_absences"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what somebody should look at: bounds that are passed, approved calls that nobody ran, and
         *     what is over lately.
         */
        get: operations["list_alerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a sign-off over many cases. */
        get: operations["get_batch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a case, waiting for its decision where asked. */
        get: operations["get_case"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/appeal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Contest the decision that is in force, as the person affected or for them. Somebody who took no part
         *     in it decides anew. 409 `not_appealable`, `too_late` or `appeal_open` where that is not possible.
         */
        post: operations["lodge_appeal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/appeal/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take the open appeal back: for whoever handed it in. */
        post: operations["withdraw_appeal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Withdraw a case that is not decided. */
        post: operations["cancel_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/comments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the comments of a case, oldest first. */
        get: operations["list_comments"];
        put?: never;
        /** Comment on a case. */
        post: operations["add_comment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/consume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take the grant of an effective decision, once: the point of no return. */
        post: operations["consume_decision"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/hand-back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give the turn back to the agent, with a note. */
        post: operations["hand_back"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/judgments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say what the answer is, and claim the next case where asked. */
        post: operations["judge_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the conversation beside a case, oldest first. */
        get: operations["list_messages"];
        put?: never;
        /**
         * Say something on a case. While a person has taken over, the agent's messages are refused
         *     (409 `taken_over`); those of the person affected never are.
         */
        post: operations["say"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/outcomes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the outcomes of a case, oldest first. */
        get: operations["list_outcomes"];
        put?: never;
        /** Record an outcome of a case. */
        post: operations["record_outcome"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/priority": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change the priority of a waiting case. */
        post: operations["reprioritise_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/proposals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Propose again on a case. */
        post: operations["propose"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/reopen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Open a decided case again; its decision stays on record. */
        post: operations["reopen_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/sign-off": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for the challenge that a passkey signs to approve a call: the digest of case, proposal, verdict,
         *     answer, member and a number used once. It is good for five minutes.
         */
        post: operations["sign_off_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/take-over": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take the turn in the conversation: for a reviewer who holds a claim on the case. */
        post: operations["take_over"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what happened to a case, oldest first. Reviewers see neither details nor what would tell
         *     them how others judged.
         */
        get: operations["get_timeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/transfer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a waiting case into another queue; seats that are held are freed. */
        post: operations["transfer_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}/veto": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Withdraw a machine's decision before it takes effect. The reason is kept as a comment. */
        post: operations["veto_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List channels by name, with how they are. */
        get: operations["list_channels"];
        put?: never;
        /** Add a channel: it connects at once. */
        post: operations["add_channel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/kinds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List kinds of channels, those that this build lacks with the way to get them. */
        get: operations["list_channel_kinds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One channel, and how it is. */
        get: operations["get_channel"];
        put?: never;
        post?: never;
        /** Remove a channel with what waits for it. */
        delete: operations["remove_channel"];
        options?: never;
        head?: never;
        /** Change, pause or resume a channel: it connects anew. */
        patch: operations["change_channel"];
        trace?: never;
    };
    "/v1/channels/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List messages of a channel, newest first: outward all that are kept, inward those that were no good. */
        get: operations["list_channel_messages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Outward, send messages again; inward, hand in once more what was no good. */
        post: operations["replay_channel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{id}/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A help desk tells what a ticket says: a comment on its case, never a judgment. */
        post: operations["sync_ticket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/channels/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a channel now: inward it connects and looks, outward a test is sent. At a help desk that makes a
         *     ticket.
         */
        post: operations["test_channel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/claims": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the seats one holds: after a restart or a reload the work goes on where it was. */
        get: operations["held_claims"];
        put?: never;
        /** Claim seats to work on. */
        post: operations["claim"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/claims/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Give a claim back. */
        delete: operations["release_claim"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/claims/{id}/renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Prolong a lease. */
        post: operations["renew_claim"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/demo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the demonstration goes. */
        get: operations["demo_state"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/demo/fool": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many of them were caught. */
        get: operations["demo_fooled"];
        put?: never;
        /** Plant wrong proposals. */
        post: operations["demo_fool"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/demo/forge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Forge a record in a copy of the database, and verify it. */
        post: operations["demo_forge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/demo/plug": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Kill the server a moment later; it comes back. */
        post: operations["demo_plug"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/demo/shift": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let autonomy be earned on upright digits, then turn them: it falls by itself. */
        post: operations["demo_shift"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow events as they are sealed, as server-sent events: `id` is the index in the ledger, `event`
         *     the kind, `data` the event. Those who may only know that something happened get no details.
         */
        get: operations["stream_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/grants/key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the public key that grants are signed with. Pin it: an executor checks grants by it alone. */
        get: operations["get_grant_key"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/halt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List halts that were ever set. */
        get: operations["get_halts"];
        put?: never;
        /** Stop: no gate opens until somebody lets things go on. */
        post: operations["halt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a background job. */
        get: operations["get_job"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/judgments/{id}/retract": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a judgment back later. The decision stands until the case is reopened. */
        post: operations["retract_judgment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/judgments/{id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Undo one's judgment in its window. */
        post: operations["undo_judgment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List keys, never their secrets. */
        get: operations["list_keys"];
        put?: never;
        /** Make a key. Its secret is in this answer only. */
        post: operations["make_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke a key, at once on this server and within two seconds on others. */
        delete: operations["revoke_key"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}/aws": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * AWS credentials of a key, for clients that sign requests: they open what the key opens, and end
         *     when it is revoked.
         */
        post: operations["aws_pair"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ledger/checkpoint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the newest checkpoint: a signed note, or with `Accept: application/json` an object. */
        get: operations["get_checkpoint"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ledger/consistency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Prove that nothing was changed between two sizes. */
        get: operations["get_consistency"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ledger/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read sealed events. */
        get: operations["get_entries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ledger/proof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Prove that an event is in the tree. */
        get: operations["get_proof"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ledger/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Verify the live database: every event, every row, every checkpoint. */
        post: operations["verify_ledger"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the loops one has a role in. */
        get: operations["list_loops"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a loop, in the version in force or another. */
        get: operations["get_loop"];
        /**
         * Publish a version of a loop, or keep a draft of it. Faults come back with line and column. A version
         *     that widens what the machine may do is not in force yet: a second person publishes it.
         */
        put: operations["put_loop"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/autonomy/lower": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take autonomy back: to a stricter threshold, or to full review. */
        post: operations["lower_autonomy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/autonomy/order": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a standing order, or agree to the one another person asked for: certified thresholds within
         *     its bound act at once, until it expires or autonomy is lost.
         */
        post: operations["order_autonomy"];
        /** End a standing order. */
        delete: operations["end_autonomy_order"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/autonomy/raise": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign a proposal: the certified threshold acts from now on. */
        post: operations["raise_autonomy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the newest sign-offs over many cases. */
        get: operations["list_batches"];
        put?: never;
        /**
         * Approve waiting calls of one tool in one sign-off. Each case gets its own decision; what changed
         *     since it was listed is left out and named.
         */
        post: operations["sign_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/batches/challenge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for the challenge that one's passkey signs over a batch: the digest of loop, tool and the cases
         *     with their digests. It is good for five minutes.
         */
        post: operations["challenge_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a loop's cases, newest first. Submitters see their own. */
        get: operations["list_cases"];
        put?: never;
        /** Submit a case. The same `key` and content give the same case again. */
        post: operations["submit_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/cases/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Submit many cases: a JSON object a line in, a result a line out, in order, streamed. Bad lines
         *     come back by number; the good ones are stored.
         */
        post: operations["submit_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/chain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the links of a loop's chain, and the models that check, fare since this server started. */
        get: operations["get_chain"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/chain/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask every link of the chain what it would say of an input, one after the other. No case is made. */
        post: operations["test_chain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/dry-run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Route recorded cases again under a draft: what it would have sent to people, let through wrongly, and
         *     cost. Nothing is stored.
         */
        post: operations["dry_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/evaluation-sets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a loop's frozen evaluation sets, newest first. */
        get: operations["list_evaluation_sets"];
        put?: never;
        /**
         * Freeze held-out reviewed cases into an evaluation set: from now on a version needs a score on it
         *     before it is promoted, and its cases leave the exports of examples.
         */
        post: operations["freeze_evaluation_set"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/evaluation-sets/{set}/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the inputs of an evaluation set, without people's answers. */
        get: operations["list_evaluation_cases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/exports/{kind}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export a loop's examples, corrections, sft, preferences, ratings, judgments or decisions. */
        get: operations["export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/exports/{kind}/manifest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Hash, rows and filters of an export, to check or repeat it. */
        get: operations["export_manifest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/held": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the machine's decisions that are held for a veto, the oldest first. The time for a veto runs
         *     only while somebody who may veto follows the events.
         */
        get: operations["list_held"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything the live page shows, in one look. */
        get: operations["live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a loop's models, newest first. */
        get: operations["list_models"];
        put?: never;
        /**
         * Register a model from outside, or a version of a prompt. It begins in the stage that the loop's
         *     `on_new_model` says; nothing of it is fetched.
         */
        post: operations["register_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/models/train": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Train the loop's model in the background. */
        post: operations["train"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/models/{version}/demote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Move a model back into the shadow; nothing takes its place. */
        post: operations["demote_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/models/{version}/evaluation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Score a model from outside on the newest evaluation set, by its predictions for all of its cases.
         *     A version is scored once.
         */
        post: operations["evaluate_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/models/{version}/promote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a model live; the one that was retires. */
        post: operations["promote_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/models/{version}/retire": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a model out of use. */
        post: operations["retire_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/outcomes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Record an outcome of the case that holds a key. */
        post: operations["record_outcome_by_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/standing-grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a standing permission and sign it first. It is in force once as many distinct persons signed
         *     as approve a call of the loop, and at least two.
         */
        post: operations["ask_standing_grant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the desk of a loop does: what waits in its queues against what people can look at, what gives
         *     way, and which alerts stand.
         */
        get: operations["stats_desk"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/stats/appeals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many decisions were contested, how often that changed the outcome, and how long it took. */
        get: operations["stats_appeals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/stats/autonomy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the machine may decide alone, by which evidence, and what is still needed. */
        get: operations["stats_autonomy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/stats/errors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What audits prove about the automatic cases. */
        get: operations["stats_errors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/stats/learning": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The learning curve. */
        get: operations["stats_learning"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/stats/quality": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reviewers' pace and agreement. */
        get: operations["stats_quality"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/stats/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What waits. */
        get: operations["stats_queue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/stats/time": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How long judgments take. */
        get: operations["stats_time"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/suggest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Suggest words for a text of an answer, as a person writes it. Nothing is written for them. */
        post: operations["suggest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/loops/{loop}/versions/{version}/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publish a draft. Where it widens what the machine may do, the first person who asks proposes it and a
         *     second one publishes it.
         */
        post: operations["publish_version"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/media": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Upload a file. The same content of the same type keeps its first id. */
        post: operations["put_media"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/media/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Fetch a file. What a browser could run is a download. */
        get: operations["get_media"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List members. */
        get: operations["list_members"];
        put?: never;
        /** Add a member. Without a password the answer holds a sign-in link, once. */
        post: operations["add_member"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/members/me/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read what one wants to be told of. */
        get: operations["get_notification_preferences"];
        /** Say what one wants to be told of, by which way, and when. */
        put: operations["set_notification_preferences"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/members/me/notifications/feed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what one was told in the app, newest first, with how many are unread. */
        get: operations["list_notifications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/members/me/notifications/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Note that one read one, everything up to one, or everything. */
        post: operations["read_notifications"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/members/me/slack": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read which account of the chat is one's own. */
        get: operations["get_slack_account"];
        put?: never;
        /**
         * Have a link sent to an account of the chat; whoever opens it signed in as oneself ties it.
         *     Browsers only.
         */
        post: operations["ask_slack_account"];
        /** Untie one's account of the chat. */
        delete: operations["untie_slack_account"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/members/me/slack/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tie the account that the link was sent to. Browsers only. */
        post: operations["confirm_slack_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/members/{id}": {
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
        /** Change a member's name, roles or skills, or shut it out. Nobody changes their own rights. */
        patch: operations["change_member"];
        trace?: never;
    };
    "/v1/members/{id}/absence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read whether a member is away. One's own, or any with the right to read members. */
        get: operations["get_absence"];
        put?: never;
        /**
         * Say that a member is away until a time and ask somebody to stand in; without a time, that they are
         *     back. One's own, or any for an admin. Nobody stands in before they said yes.
         */
        post: operations["set_absence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/members/{id}/absence/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say yes to standing in for a member. Only whoever is asked does. */
        post: operations["accept_absence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/members/{id}/absence/challenge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for the challenge that one's passkey signs to stand in: the digest of what was shown, of who
         *     stands in, and of a number used once. It is good for five minutes.
         */
        post: operations["challenge_absence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/members/{id}/absence/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say no to standing in for a member, or stand in no longer. Only whoever is asked does. */
        post: operations["decline_absence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/members/{id}/signin-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a further sign-in link for a member. It works once, for three days. */
        post: operations["make_signin_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notifications/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the ways of telling members, and how well each does. */
        get: operations["list_notification_channels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notifications/channels/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a test to oneself now, once, and see what it met. */
        post: operations["test_notification_channel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notifications/open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Use a link of a message up, and read where it leads. Browsers only, signed in as whom it was sent
         *     to. The link's page asks for this after sign-in, so fetching the link changes nothing; opening
         *     decides nothing either.
         */
        post: operations["open_notification_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List one's own passkeys. */
        get: operations["list_passkeys"];
        put?: never;
        /** Register a passkey. Browsers only: whoever has a key of the API has no passkey by that. */
        post: operations["add_passkey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/passkeys/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask for the challenge of a new passkey. Browsers only. */
        post: operations["passkey_options"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/passkeys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove one of one's own passkeys. What it signed stays verifiable. */
        delete: operations["remove_passkey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/persons/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the newest changes of who is who. */
        get: operations["list_person_changes"];
        put?: never;
        /**
         * Ask for accounts to be linked to one natural person, told apart, or taken for whose name they bear. Another admin
         *     confirms it.
         */
        post: operations["ask_person_change"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/persons/changes/{id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirm a change that another admin asked for. */
        post: operations["confirm_person_change"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/persons/changes/{id}/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Decline a change; nothing changes then. */
        post: operations["decline_person_change"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what waits, by loop and queue. */
        get: operations["list_queues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queues/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change many waiting cases: count them with `dry_run`, then send the same with `expect`.
         * @description Which cases is fixed when the change is accepted. They are changed a hundred at a time, each with
         *     its own event; `GET /v1/queues/bulk/{id}` says how far it is.
         */
        post: operations["change_many"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queues/bulk/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far a change of many cases is. */
        get: operations["get_bulk"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queues/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a queue hand out nothing; who holds a seat may finish. */
        post: operations["pause_queue"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queues/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Free the seats that a person holds. Their drafts stay with them; their tokens are refused. */
        post: operations["release_member"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queues/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a queue hand out claims again. */
        post: operations["resume_queue"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queues/seats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List who holds seats, by name, in the loops where one may free them. */
        get: operations["list_seats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let things go on: a second person does, not the one who halted. */
        post: operations["resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List runs, newest first. */
        get: operations["list_runs"];
        put?: never;
        /**
         * Start a run, or take one over by its key: its epoch rises then, so that the process that had it
         *     opens no gate any more.
         */
        post: operations["start_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/control": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause, resume or stop every run that fits. Asked again it orders only those that it has not. */
        post: operations["control_runs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/fleet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Count runs by state and alert, and the gates that stand in front of them. */
        get: operations["count_runs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a run. */
        get: operations["get_run"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/alerts/clear": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Clear an alert of a run, with the reason. */
        post: operations["clear_alert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/control": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Order a run: pause, resume, stop, redirect or override. The run's gates obey at once; the agent
         *     learns of it with its next check-in.
         */
        post: operations["control_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/controls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the orders a run was given, oldest first. Reading them is no sign of life. */
        get: operations["list_controls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a run by itself. */
        post: operations["finish_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/gates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the gates of a run, newest first, as the caller may see these cases. */
        get: operations["list_gates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check in: a sign of life with the epoch that was obeyed. The answer holds the orders that wait;
         *     with `wait` it comes when there is one, or after a third of the lease at most.
         */
        post: operations["heartbeat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/steps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the steps of a run, newest first. */
        get: operations["list_steps"];
        put?: never;
        /** Report steps, all or none. The answer holds the orders that wait. */
        post: operations["report_steps"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read who one is, with the token that changes must repeat. Works with a key as well. */
        get: operations["get_session"];
        put?: never;
        /** Sign in by password. A session the browser had before ends. */
        post: operations["sign_in"];
        /** Sign out. */
        delete: operations["sign_out"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in by a link, which is used up. The link's page asks before it calls this, so that mail
         *     scanners, which only fetch, do not use it up.
         */
        post: operations["sign_in_by_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/slack/interactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What the chat calls back when somebody presses a button. Its signature is checked
         *     (`X-Slack-Signature`, version v0, five minutes), and each request is taken once.
         */
        post: operations["slack_interactions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/standing-grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List standing permissions, newest first. */
        get: operations["list_standing_grants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/standing-grants/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a standing permission. */
        get: operations["get_standing_grant"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/standing-grants/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a standing permission back, at once. What it decided and nobody took is no longer handed out. */
        post: operations["revoke_standing_grant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/standing-grants/{id}/sign": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign a standing permission that somebody else asked for. */
        post: operations["sign_standing_grant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/standing-grants/{id}/uses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the calls that a standing permission covered, newest first. */
        get: operations["list_standing_grant_uses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List webhooks, never their secrets. */
        get: operations["list_webhooks"];
        put?: never;
        /** Add a webhook. Its secret is in this answer only. */
        post: operations["add_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a webhook, without its secret. */
        get: operations["get_webhook"];
        put?: never;
        post?: never;
        /** Remove a webhook and what waits for it. */
        delete: operations["remove_webhook"];
        options?: never;
        head?: never;
        /** Change, pause or resume a webhook. */
        patch: operations["change_webhook"];
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List messages of a webhook and what became of them, newest first. */
        get: operations["list_deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send finished messages again, with the ids they had: one, or all since a time. */
        post: operations["replay_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change the secret. The new one is in this answer only; the one before signs as well for a while. */
        post: operations["rotate_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a test now, once, and see what the endpoint answered. */
        post: operations["test_webhook"];
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
        /** @description Whether a member is away, and who stands in. */
        Absence: {
            /**
             * Format: date-time
             * @description When they said yes; null before.
             */
            accepted_at?: string | null;
            /**
             * @description The member who is asked to stand in: reviews what the absent one may, and is one person with
             *     them for four eyes, once they said yes.
             */
            delegate?: string | null;
            /**
             * Format: date-time
             * @description Until when; null for somebody who is here.
             */
            until?: string | null;
        };
        /** @description That a delegate says yes. */
        AbsenceAccepted: {
            assertion?: components["schemas"]["Assertion"] | null;
            /** @description The `digest` of what was shown. */
            digest: string;
        };
        /** @description What a delegate says yes to. */
        AbsenceSeen: {
            /** @description The `digest` of what was shown. */
            digest: string;
        };
        /** @description Who is away. */
        Absences: {
            /** @description Who could stand in for oneself. */
            delegates: components["schemas"]["Delegate"][];
            /**
             * @description One's own absence, and those in which one stands in or is asked to; everybody's for whoever may
             *     read members.
             */
            items: components["schemas"]["ListedAbsence"][];
        };
        /** @description A call of a tool as its reviewer sees it. */
        ActionShown: {
            /** @description Who approved these bytes so far. */
            approved_by: components["schemas"]["Approval"][];
            /** @description The arguments as the canonical JSON (RFC 8785) that runs, whole. */
            canonical: string;
            /** @description Digest of what is shown: `approve` sends it as `seen`. */
            digest?: string | null;
            /** @description Whether an edit asks others to approve, its author left out. */
            edit_asks_anew: boolean;
            /** @description The only consumer that may take the grant. */
            executor?: string | null;
            /** @description The answer's field. */
            field: string;
            /**
             * Format: int32
             * @description Persons whose approval it needs.
             */
            needed: number;
            /** @description Whether what it does can be taken back. */
            reversible: boolean;
            /** @description `low`, `medium` or `high`: what a wrong call may cost. */
            risk: string;
            /** @description Where it acts. */
            target?: string | null;
            /** @description What it is called. */
            title?: string | null;
            /** @description The tool. */
            tool: string;
        };
        /** @description A point of the agreement curve: a stretch of judgments. */
        AgreementPoint: {
            /** @description How often the person said what the proposal said. */
            agreement: components["schemas"]["Share"];
            /**
             * Format: date-time
             * @description Its newest judgment.
             */
            at: string;
            /**
             * Format: int64
             * @description Reviews up to its end.
             */
            judgments: number;
        };
        /** @description Something that somebody should look at. */
        Alert: {
            /**
             * Format: double
             * @description The bound, in the same unit.
             */
            above?: number | null;
            /** @description The case, where it is about one. */
            case?: string | null;
            /**
             * Format: date-time
             * @description When it was over; null while it stands.
             */
            cleared_at?: string | null;
            /** @description Its id; null for what gates raised. */
            id?: string | null;
            /** @description The loop. */
            loop: string;
            /**
             * @description `oldest_wait`, `overdue`, `errors`, `unsealed` or `unwatched`; of gates, `unconsumed` or
             *     `execution_unknown`.
             */
            on: string;
            /** @description The queue, where it is about one. */
            queue?: string | null;
            /**
             * Format: date-time
             * @description When it was raised.
             */
            raised_at: string;
            /**
             * Format: double
             * @description What was measured when it was raised: seconds for `oldest_wait`, `unsealed` and `unwatched`, a share for
             *     `overdue` and `errors`.
             */
            value?: number | null;
        };
        /** @description An appeal. */
        Appeal: {
            /** @description Whether whoever decides it sees neither the proposal nor the earlier decision. */
            blind: boolean;
            /** @description Who contests the decision. */
            by: string;
            /**
             * Format: date-time
             * @description When it was decided or withdrawn.
             */
            closed_at?: string | null;
            /** @description The decision that is contested; hidden from whoever decides a blind appeal. */
            contested?: string | null;
            /**
             * Format: date-time
             * @description When it is overdue. It then comes first, and stays open.
             */
            deadline: string;
            /** @description The decision that was made on it, once that is in force. */
            decision?: string | null;
            /** @description What speaks for that. */
            evidence: components["schemas"]["AppealEvidence"][];
            /**
             * Format: date-time
             * @description When it was lodged.
             */
            lodged_at: string;
            /** @description `stands`, or `suspended`: the contested decision is not in force while the appeal is open. */
            meanwhile: string;
            /**
             * Format: int32
             * @description Its number in the case.
             */
            n: number;
            /** @description Whether that passed while it was open. */
            overdue: boolean;
            /** @description Whether the caller handed it in, and so may take it back. */
            own: boolean;
            /** @description `open`, `upheld`, `overturned` or `withdrawn`. */
            state: string;
            /** @description Why it is wrong. */
            statement: string;
        };
        /** @description A piece of evidence: a text or an uploaded file. */
        AppealEvidence: {
            /** @description Id of an uploaded file. */
            media?: string | null;
            /** @description Words, 1 to 16,384 bytes. */
            text?: string | null;
            /** @description What it is called. */
            title?: string | null;
        };
        /** @description Whether and until when a decision can be contested. */
        AppealRight: {
            /** @description Whether an appeal would be taken now. */
            open: boolean;
            /** @description What became of the newest appeal against it: `open`, `upheld`, `overturned` or `withdrawn`. */
            state?: string | null;
            /**
             * Format: date-time
             * @description Until when.
             */
            until: string;
        };
        /** @description Appeals against decisions. */
        Appeals: {
            /**
             * Format: int64
             * @description Lodged, withdrawn ones included.
             */
            lodged: number;
            /**
             * Format: double
             * @description Median seconds from lodging to the decision in force, over the newest thousand.
             */
            median_seconds?: number | null;
            /**
             * Format: int64
             * @description Open.
             */
            open: number;
            /**
             * Format: int64
             * @description Of these, past their deadline.
             */
            overdue: number;
            /**
             * Format: int64
             * @description Decided: the outcome changed.
             */
            overturned: number;
            overturned_share?: components["schemas"]["Share"] | null;
            /**
             * Format: double
             * @description The same, exceeded by one appeal in ten.
             */
            p90_seconds?: number | null;
            /**
             * Format: int64
             * @description Decided: the outcome stayed.
             */
            upheld: number;
            /**
             * Format: int64
             * @description Taken back.
             */
            withdrawn: number;
        };
        /** @description An approval of a call. */
        Approval: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description The member's name. */
            name: string;
            /** @description Whether their own passkey signed it; otherwise the server attests it. */
            signed: boolean;
        };
        /** @description Where the bytes of a model are. */
        ArtefactIn: {
            /** @description SHA-256 of the bytes, hex. */
            sha256?: string | null;
            /** @description A URI. */
            uri?: string | null;
        };
        /** @description What a passkey signed. */
        Assertion: {
            /** @description The authenticator data. */
            authenticator_data: string;
            /** @description The client data, as the browser made it. */
            client_data: string;
            /** @description Id of the credential. */
            credential: string;
            /** @description The `nonce` of the challenge. */
            nonce: string;
            /** @description The signature. */
            signature: string;
        };
        /**
         * @description Who wrote something.
         * @enum {string}
         */
        Author: "human" | "model";
        /** @description A stretch of a text with one author, in code points. */
        AuthorSpan: {
            /** @description `human` or `model`. */
            by: components["schemas"]["Author"];
            /** @description Where it begins. */
            from: number;
            /** @description Model and version, of a model's. */
            model?: string | null;
            /** @description The suggestion it was taken from; a model's without one is from the proposal. */
            suggestion?: string | null;
            /** @description Where it ends. */
            to: number;
        };
        /** @description Who wrote the texts of a judgment. */
        Authorship: {
            /**
             * Format: double
             * @description The share by models over all texts, 0 to 1.
             */
            ai_share?: number | null;
            /** @description Spans that cover each text, by field. */
            spans: {
                [key: string]: components["schemas"]["AuthorSpan"][];
            };
        };
        /** @description What a loop's autonomy rests on. */
        Autonomy: {
            /**
             * Format: double
             * @description Share of automatic cases that people judge afterwards.
             */
            audit_rate: number;
            /** @description What makes the groups: `class`, the name of a slice, or `None`. */
            by?: string | null;
            /**
             * Format: double
             * @description Probability that the certificate is right.
             */
            certainty: number;
            /**
             * @description Whether the policy is enforced. If not, what would have passed is recorded, and people's
             *     judgments are evidence all the same.
             */
            enforced: boolean;
            /** @description Each group, by name; one of the empty name without groups. */
            groups: components["schemas"]["AutonomyGroup"][];
            /** @description What happened, newest first. */
            history: components["schemas"]["AutonomyEvent"][];
            order?: components["schemas"]["StandingOrder"] | null;
            people?: components["schemas"]["AutonomyPeople"] | null;
            realised?: components["schemas"]["ErrorInterval"] | null;
            realised_error?: components["schemas"]["AutonomyRealError"] | null;
            /**
             * Format: double
             * @description Share of automatic cases that may be wrong.
             */
            target_error: number;
            /** @description Whether the certainty is that of all groups together; else each has it by itself. */
            together: boolean;
        };
        /** @description Who did something. */
        AutonomyActor: {
            /** @description The id of the member or key. */
            id?: string | null;
            /** @description `member`, `key`, `machine` or `timer`; empty where it was not kept. */
            kind: string;
            /** @description The name of the member or key now, where it is known. */
            name?: string | null;
        };
        /** @description The certificate: what the next case may be trusted with, if cases stay as they are. */
        AutonomyCertificate: {
            /**
             * Format: double
             * @description Share of cases that the estimates so far may lead to.
             */
            achievable_coverage: number;
            /**
             * Format: double
             * @description The threshold in force.
             */
            acting?: number | null;
            /**
             * Format: double
             * @description Share of cases at or above it.
             */
            acting_coverage: number;
            /**
             * Format: double
             * @description The loosest certified threshold.
             */
            certified?: number | null;
            /**
             * Format: double
             * @description Share of cases at or above that.
             */
            certified_coverage: number;
            /** @description `error`, or `disagreement` while it is not measured how often reviewers miss errors. */
            claim: string;
            /**
             * Format: double
             * @description Share of cases at or above the loosest threshold for which a claim about real errors would hold
             *     now; `None` while it is not known how often people miss them.
             */
            error_coverage?: number | null;
            /** @description All thresholds, strictest first. */
            levels: components["schemas"]["AutonomyLevel"][];
            next?: components["schemas"]["AutonomyLevel"] | null;
            /**
             * Format: int64
             * @description Cases counted as wrong for want of a judgment.
             */
            overdue: number;
            /** @description The same in one sentence. */
            sentence: string;
            /**
             * Format: int64
             * @description Reviews and audits that wait for a judgment.
             */
            waiting: number;
        };
        /** @description The detector of decay: no bound, but an alarm that takes autonomy back at once. */
        AutonomyDetector: {
            /**
             * Format: double
             * @description Probability of an audit of the next automatic case.
             */
            audit_probability: number;
            /**
             * Format: double
             * @description Where the alarm goes off.
             */
            bar: number;
            /**
             * Format: double
             * @description Logarithm of the evidence that the error is above the target now.
             */
            evidence: number;
            /**
             * Format: int32
             * @description Automatic cases left that are all audited, after an error was found.
             */
            surge_left: number;
        };
        /** @description Something that happened. */
        AutonomyEvent: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description Who did it. */
            by: components["schemas"]["AutonomyActor"];
            /** @description Its data. */
            data: Record<string, never>;
            /** @description The kind of the event, such as `autonomy.raised`. */
            kind: string;
        };
        /** @description Where one group stands. */
        AutonomyGroup: {
            /**
             * Format: double
             * @description Errors that audits found.
             */
            audit_errors: number;
            /**
             * Format: int64
             * @description Audits drawn.
             */
            audits: number;
            /**
             * Format: int64
             * @description Of these, automatic ones.
             */
            automatic: number;
            /**
             * Format: int64
             * @description Cases of the epoch.
             */
            cases: number;
            certificate?: components["schemas"]["AutonomyCertificate"] | null;
            /** @description How autonomy was lost last. */
            demotion?: Record<string, never> | null;
            detector?: components["schemas"]["AutonomyDetector"] | null;
            /**
             * Format: int64
             * @description The epoch; 0 before the first.
             */
            epoch: number;
            /**
             * Format: int64
             * @description Scores gathered to choose thresholds from, while it is doing so.
             */
            gathered: number;
            /** @description Its name; empty without groups. */
            group: string;
            /** @description The model that the evidence is about. */
            model: string;
            /** @description Another model that began to propose; its cases are reviewed. */
            next_model?: string | null;
            /** @description A threshold that has earned to act and waits for a signature. */
            proposal?: Record<string, never> | null;
            /** @description `warming_up`, `earning`, `proposed`, `acting` or `demoted`. */
            standing: string;
            /**
             * Format: date-time
             * @description When it changed.
             */
            updated_at: string;
            /**
             * Format: int64
             * @description How many are wanted.
             */
            wanted: number;
        };
        /** @description One threshold. */
        AutonomyLevel: {
            /**
             * Format: double
             * @description Evidence at or above it.
             */
            cases: number;
            /** @description Whether it is certified. */
            certified: boolean;
            /**
             * Format: double
             * @description Share of cases at or above it.
             */
            coverage: number;
            /**
             * Format: double
             * @description Estimated error rate there.
             */
            error?: number | null;
            /**
             * Format: int64
             * @description Expected further cases. A projection, no promise.
             */
            further_cases?: number | null;
            /**
             * Format: int64
             * @description Its level; 0 is the strictest.
             */
            level: number;
            /**
             * Format: double
             * @description Evidence against what is needed, 0..=1.
             */
            progress: number;
            /**
             * Format: double
             * @description The threshold.
             */
            threshold: number;
        };
        /** @description What second looks say of how often people miss an error. */
        AutonomyPeople: {
            /**
             * Format: double
             * @description Probability that these bounds hold, at every moment.
             */
            certainty: number;
            /**
             * Format: int64
             * @description Errors that two persons called so, of those that counted so far.
             */
            errors: number;
            /**
             * Format: int64
             * @description Cases looked at again.
             */
            looks: number;
            /**
             * Format: double
             * @description Upper bound of the share of real errors that a person misses; 1 while nothing is known.
             */
            miss_rate_at_most: number;
            /**
             * Format: int64
             * @description Of these, errors that the first person had missed.
             */
            missed: number;
            /**
             * Format: double
             * @description Upper bound of the share of real errors that do not count as wrong: the target is reduced by it.
             */
            not_counted_at_most: number;
            /**
             * Format: double
             * @description Share of judgments without an error that a second person judges again.
             */
            share: number;
            /**
             * Format: int64
             * @description Cases that wait for somebody to look again.
             */
            waiting: number;
        };
        /** @description The realised bound about real errors. */
        AutonomyRealError: {
            /**
             * Format: double
             * @description Probability that it holds, at every moment.
             */
            certainty: number;
            /**
             * Format: double
             * @description Upper end of the share wrong.
             */
            upper: number;
        };
        /** @description AWS credentials of a key. */
        AwsCredentials: {
            /**
             * @description Names the key.
             * @example TDMA…
             */
            access_key_id: string;
            /** @description Signs. It is derived and not stored; asked for again it is the same. */
            secret_access_key: string;
        };
        /** @description A sign-off over many cases. */
        Batch: {
            /** @description What was approved. */
            approved: components["schemas"]["BatchApproval"][];
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description SHA-256, hex, over loop, tool and the cases with their digests. */
            digest: string;
            /** @description Its id. */
            id: string;
            /** @description What was not, and why. */
            left_out: components["schemas"]["BatchLeftOut"][];
            /** @description Name of the loop. */
            loop: string;
            /** @description Who signed. */
            member: string;
            /**
             * Format: double
             * @description The sum over what was approved, where one was bounded.
             */
            sum?: number | null;
            /** @description The tool. */
            tool: string;
        };
        /** @description A case that was approved with others. */
        BatchApproval: {
            /** @description The case. */
            case: string;
            /** @description Whether that decided it; otherwise it waits for others. */
            decided: boolean;
            /** @description Digest of the proposal that was approved. */
            digest: string;
        };
        /** @description A case that was left out. */
        BatchLeftOut: {
            /** @description The case. */
            case: string;
            /** @description Stable code of why. */
            code: string;
            /** @description Why. */
            why: string;
        };
        /** @description How far it is to a bound. */
        BoundProgress: {
            /**
             * Format: int64
             * @description Further automatic cases, if things go on as they did.
             */
            further_cases: number;
            /**
             * Format: double
             * @description The upper end that is wanted.
             */
            target: number;
        };
        /** @description A broker, and the place at it. */
        BrokerAt: {
            /** @description NATS inward: name of the durable consumer; `tandem-` and the channel's name if left out. */
            durable?: string | null;
            /** @description AMQP outward: the exchange; the default one if left out. */
            exchange?: string | null;
            /** @description AMQP inward: the queue. */
            queue?: string | null;
            /** @description AMQP outward: the routing key; `{loop}` and `{kind}` stand for what a message is about. */
            routing_key?: string | null;
            /**
             * @description The name of the secret (`serve --secret NAME=VARIABLE`): a password, or, without a user, a
             *     token of NATS.
             */
            secret?: string | null;
            /** @description NATS inward: the stream. */
            stream?: string | null;
            /**
             * @description NATS: inward, only messages of this subject; outward, where messages go. `{loop}` and `{kind}`
             *     stand for what a message is about.
             */
            subject?: string | null;
            /**
             * @description Where it is: `nats://`, `tls://` (NATS), `amqp://` or `amqps://`, without user and password.
             * @example tls://mq.example.org:4222
             */
            url: string;
            /** @description Who signs in. */
            user?: string | null;
        };
        /** @description What a change comes to: only counted, under way, or done. */
        Bulk: {
            /** @description Who asked. */
            by?: string | null;
            /** @description What is done. */
            change: components["schemas"]["Change"];
            /**
             * Format: int64
             * @description How many were changed so far.
             */
            changed: number;
            /**
             * Format: int64
             * @description How many cases.
             */
            count: number;
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            created_at?: string | null;
            /**
             * Format: date-time
             * @description When it was done.
             */
            done_at?: string | null;
            /** @description Its id; null where it was only counted. */
            id?: string | null;
            /** @description The loop. */
            loop: string;
            /** @description Why. */
            reason?: string | null;
            /** @description Some of them, the oldest first; only where they were counted. */
            sample?: string[] | null;
            /**
             * Format: int64
             * @description How many were left alone, because they had moved on.
             */
            skipped: number;
            /** @description `counted`, `running` or `done`. */
            state: string;
        };
        /** @description Which waiting cases of the loop; what is absent does not matter. */
        BulkFilter: {
            /**
             * @description Only these, at most 500.
             * @default []
             */
            cases: string[];
            /**
             * @description Only those whose key holds this text.
             * @default null
             */
            key_contains: string | null;
            /**
             * @description Only those that this model proposed on last, as in `intent@7`.
             * @default null
             */
            model: string | null;
            /**
             * @description Only those that have waited for longer, as in `2h`.
             * @default null
             */
            older_than: string | null;
            /**
             * @description Only those in this queue.
             * @default null
             */
            queue: string | null;
            /**
             * @description Only in these states: `queued`, `claimed`, `reopened`, …
             * @default []
             */
            status: string[];
            /**
             * @description Only those with this tag.
             * @default null
             */
            tag: string | null;
        };
        /** @description A change of many cases: counted with `dry_run`, done with the count confirmed. */
        BulkIn: {
            /** @description What is done. */
            change: components["schemas"]["Change"];
            /** @description Only count. */
            dry_run?: boolean;
            /**
             * Format: int64
             * @description The number that the dry run counted; another number now is refused.
             */
            expect?: number | null;
            /** @description Which cases. */
            filter?: components["schemas"]["BulkFilter"];
            /** @description The loop. */
            loop: string;
            /** @description Why; not needed to count. */
            reason?: string;
        };
        /** @description A case. */
        Case: {
            /** @description Appeals, oldest first. Whoever decides one blind sees that one only. */
            appeals?: components["schemas"]["Appeal"][];
            /** @description What the agent tried already. */
            attempted?: string | null;
            /** @description What the links of the chain and the models that check said, in their order. */
            chain?: components["schemas"]["LinkTry"][];
            changes_wanted?: components["schemas"]["ChangesWanted"] | null;
            /**
             * Format: date-time
             * @description When it came in.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it is overdue.
             */
            deadline?: string | null;
            decision?: components["schemas"]["Decision"] | null;
            /** @description All decisions, oldest first. */
            decisions: components["schemas"]["Decision"][];
            /** @description Group attributes; hidden from reviewers unless the loop uses them. */
            group?: {
                [key: string]: string;
            } | null;
            /**
             * @description Its id.
             * @example case_01jd0000000000000000000000
             */
            id: string;
            /** @description Whether it is imported history. */
            imported?: boolean;
            /** @description What came in. */
            input: Record<string, never>;
            interim?: components["schemas"]["Interim"] | null;
            /** @description Judgments: one's own, and for those who see everything all of them. */
            judgments: components["schemas"]["Judgment"][];
            /** @description The submitter's key. */
            key?: string | null;
            /** @description Its loop. */
            loop: string;
            /**
             * Format: int32
             * @description The version of the loop it came in under.
             */
            loop_version: number;
            /** @description Whether the deadline passed without a decision. */
            overdue: boolean;
            /**
             * Format: int32
             * @description 0 to 9, 9 first.
             */
            priority: number;
            /** @description How many judgments it needs and has. */
            progress: components["schemas"]["Progress"];
            proposal?: components["schemas"]["Proposal"] | null;
            /** @description All proposals, oldest first. */
            proposals: components["schemas"]["Proposal"][];
            /** @description Whether the person concerned asked for a person. */
            requested_human: boolean;
            route?: components["schemas"]["Route"] | null;
            /** @description The run it belongs to. */
            run?: string | null;
            /**
             * @description Where it stands: `queued`, `claimed`, `waiting_for_proposal`, `held`, `decided`, `cancelled`
             *     or `reopened`.
             */
            status: string;
            /** @description Whose data this is. */
            subject?: string | null;
            /** @description Tags. */
            tags: string[];
            /** @description Tasks; hidden from reviewers and submitters. */
            tasks?: components["schemas"]["Task"][] | null;
            /** @description The conversation before the case came in. */
            transcript?: components["schemas"]["Utterance"][];
            /** @description Who has the turn in the live conversation. */
            turn: components["schemas"]["Turn"];
            /**
             * Format: date-time
             * @description When it changed last.
             */
            updated_at: string;
        };
        /** @description How the chain of a loop fares, since this server started. */
        Chain: {
            /** @description The links in their order, then the models that check. */
            links: components["schemas"]["ChainLink"][];
            /**
             * Format: int64
             * @description Cases that wait for a link or a check.
             */
            waiting: number;
        };
        /** @description What failed last. */
        ChainFailure: {
            /**
             * Format: date-time
             * @description When it was asked.
             */
            at: string;
            /** @description What kind. */
            outcome: string;
            /** @description What and where. */
            why: string;
        };
        /** @description How one link fares. */
        ChainLink: {
            /**
             * Format: double
             * @description Share of calls that were answered as agreed.
             */
            answered?: number | null;
            /** @description `closed`, `open` or `half_open`; of links outside. */
            breaker?: string | null;
            /**
             * Format: int64
             * @description How often it was asked.
             */
            calls: number;
            /**
             * Format: int64
             * @description Requests under way at its endpoint.
             */
            in_flight: number;
            /** @description `model`, `http`, `openai`, `label_studio`, `rule`, `human` or `check`. */
            kind: string;
            last_failure?: components["schemas"]["ChainFailure"] | null;
            /**
             * @description Its name.
             * @example http-2
             */
            link: string;
            /**
             * Format: double
             * @description The least confidence with which what it says is proposed.
             */
            min_confidence?: number | null;
            /** @description How often each outcome was met. */
            outcomes: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Median of the newest 512 durations, in milliseconds.
             */
            p50_ms?: number | null;
            /**
             * Format: int64
             * @description Their 95th percentile.
             */
            p95_ms?: number | null;
            /** @description Host and port of links outside. */
            place?: string | null;
            /** @description Tokens and cost so far. */
            usage: components["schemas"]["TokenUsage"];
        };
        /** @description What every link would say. */
        ChainTest: {
            /** @description Each link in its order, and the models that check what it says. */
            tries: components["schemas"]["LinkTry"][];
        };
        /** @description An input to try a chain with. */
        ChainTestIn: {
            /** @description The input of a case. */
            input: Record<string, never>;
            /** @description Tags. */
            tags?: string[];
        };
        /** @description A change people made. */
        Change: {
            /** @description What people said. */
            after: unknown;
            /** @description What the proposal said. */
            before: unknown;
            /** @description JSON pointer. */
            path: string;
        };
        /** @description What a reviewer wants changed. */
        ChangesWanted: {
            /**
             * Format: int32
             * @description Which revision this asks for, from 1.
             */
            attempt: number;
            /** @description The reviewer's note. */
            note?: string | null;
            /** @description Reason codes. */
            reasons: string[];
        };
        /** @description A way in or out beside HTTP. */
        Channel: {
            broker?: components["schemas"]["BrokerAt"] | null;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            desk?: components["schemas"]["DeskAt"] | null;
            /** @description Which way messages go. */
            direction: components["schemas"]["ChannelDirection"];
            /** @description How it is. */
            health: components["schemas"]["ChannelHealth"];
            /** @description Its id. */
            id: string;
            /**
             * @description What it speaks: `nats`, `amqp`, `helpdesk`.
             * @example nats
             */
            kind: string;
            /** @description Outward: the kinds of messages it wants, as in `case.decided`; empty for all. */
            kinds: string[];
            /** @description Inward: the loop that its cases go to. */
            loop?: string | null;
            /** @description Outward: the loops it wants; empty for all. */
            loops: string[];
            /** @description What people call it. */
            name: string;
            /** @description Outward: how much a message says. */
            payload: components["schemas"]["WebhookPayload"];
            /** @description `active`, or `paused` by a person. */
            state: components["schemas"]["ChannelState"];
            /**
             * Format: date-time
             * @description When a person last changed it.
             */
            updated_at: string;
        };
        /**
         * @description Which way messages go.
         * @enum {string}
         */
        ChannelDirection: "in" | "out";
        /** @description How a channel is. */
        ChannelHealth: {
            /**
             * Format: date-time
             * @description Since when it is connected; null while it is not.
             */
            connected_at?: string | null;
            /**
             * Format: int64
             * @description Messages that were given up or refused, and are kept.
             */
            dead: number;
            /**
             * Format: int64
             * @description Messages that went through since it was made.
             */
            done: number;
            /** @description What failed last; null once something succeeded. */
            error?: string | null;
            /**
             * Format: date-time
             * @description When.
             */
            error_at?: string | null;
            /**
             * Format: int64
             * @description Failures since the last success.
             */
            failures: number;
            /**
             * Format: date-time
             * @description When a message last went through.
             */
            last_at?: string | null;
            /**
             * Format: date-time
             * @description Outward: since when the oldest of them waits.
             */
            oldest_at?: string | null;
            /**
             * Format: date-time
             * @description When it is tried next.
             */
            retry_at?: string | null;
            /** @description In one word. */
            status: components["schemas"]["ChannelStatus"];
            /**
             * Format: int64
             * @description Messages that wait: outward here, inward at the broker when it was last asked.
             */
            waiting?: number | null;
        };
        /** @description A kind of channel, and whether this build has it. */
        ChannelKind: {
            /** @description Whether this build has it. */
            available: boolean;
            /** @description Which ways its channels go. */
            directions: components["schemas"]["ChannelDirection"][];
            /** @description How to get a build that has it; null where this one does. */
            enable?: string | null;
            /** @description As in `nats`. */
            kind: string;
            /** @description What it is, in words. */
            title: string;
        };
        /** @description A message of a channel: outward any that is kept, inward one that was no good. */
        ChannelMessage: {
            /**
             * Format: int64
             * @description Attempts so far; inward, deliveries.
             */
            attempts: number;
            /** @description Inward: the beginning of what it says, at most 2000 characters. */
            body?: string | null;
            /** @description Inward: the case it became when it was replayed. */
            case?: string | null;
            /** @description Stable code of what failed. */
            code?: string | null;
            /**
             * Format: date-time
             * @description When it was made, or came.
             */
            created_at: string;
            /** @description What failed, in words. */
            error?: string | null;
            /**
             * Format: date-time
             * @description When it was delivered, given up or replayed.
             */
            finished_at?: string | null;
            /** @description Its id: the same at every attempt. */
            id: string;
            /** @description What kind of message, as in `case.decided`; inward `case`. */
            kind: string;
            /**
             * Format: date-time
             * @description When it is tried next.
             */
            next_attempt_at?: string | null;
            /** @description JSON pointer to the part of the message at fault. */
            path?: string | null;
            /** @description Inward: what its sender named it. */
            source?: string | null;
            /** @description `waiting`, `done` or `dead`. */
            state: components["schemas"]["DeliveryState"];
            /** @description Outward the case or loop it is about; inward its subject or routing key. */
            subject: string;
        };
        /** @description What to change about a channel; what is left out stays. */
        ChannelPatch: {
            broker?: components["schemas"]["BrokerAt"] | null;
            desk?: components["schemas"]["DeskAt"] | null;
            /** @description Outward: the kinds of messages it wants. */
            kinds?: string[] | null;
            /** @description Inward: the loop that its cases go to. */
            loop?: string | null;
            /** @description Outward: the loops it wants. */
            loops?: string[] | null;
            /** @description What people call it. */
            name?: string | null;
            /** @description Whether messages wait. */
            paused?: boolean | null;
            payload?: components["schemas"]["WebhookPayload"] | null;
        };
        /** @description What to send or hand in again: one message by `id`, or all that were given up since a time. */
        ChannelReplay: {
            /** @description The message. */
            id?: string | null;
            /**
             * Format: date-time
             * @description Messages that were given up and made at this time or later.
             */
            since?: string | null;
        };
        /** @description What became of what was replayed. */
        ChannelReplayed: {
            /** @description The case, where one message was handed in. */
            case?: string | null;
            /**
             * Format: int64
             * @description How many are sent again, or became cases.
             */
            count: number;
            /**
             * Format: int64
             * @description How many were no good again.
             */
            refused: number;
        };
        /**
         * @description Whether a channel works.
         * @enum {string}
         */
        ChannelState: "active" | "paused";
        /**
         * @description How a channel is, in one word.
         * @enum {string}
         */
        ChannelStatus: "up" | "down" | "connecting" | "paused" | "unavailable";
        /** @description What a test met. */
        ChannelTest: {
            /** @description In words. */
            detail: string;
            /** @description Whether the other side took it. */
            ok: boolean;
            /**
             * Format: int64
             * @description How long it took, in milliseconds.
             */
            took_ms: number;
        };
        /** @description The newest checkpoint. */
        Checkpoint: {
            /**
             * Format: int64
             * @description Events covered by a checkpoint outside; null where none is kept there.
             */
            anchored_size?: number | null;
            /**
             * Format: date-time
             * @description When it was signed.
             */
            at?: string | null;
            /** @description The newest signed note; null where nothing is signed. */
            note?: string | null;
            /** @description Name of the log. */
            origin: string;
            /** @description Root of their tree, base64. */
            root: string;
            /**
             * Format: int64
             * @description Sealed events.
             */
            size: number;
            /** @description What is recorded but not sealed yet. */
            unsealed: components["schemas"]["Unsealed"];
            /** @description The key that verifies the note. */
            vkey?: string | null;
        };
        /** @description A seat of a task leased to one reviewer. */
        Claim: {
            action?: components["schemas"]["ActionShown"] | null;
            appeal?: components["schemas"]["Appeal"] | null;
            /** @description Whether the proposal is hidden until the answer. */
            blind: boolean;
            /** @description The case, as a reviewer sees it. */
            case: components["schemas"]["Case"];
            /**
             * Format: date-time
             * @description When the lease ends, unless renewed.
             */
            expires_at: string;
            /** @description Why the model proposes this. */
            explanation?: Record<string, never> | null;
            /** @description The loop's guidelines, as Markdown. */
            guidelines?: string | null;
            /** @description Its id. */
            id: string;
            /**
             * Format: double
             * @description Length of a lease in seconds.
             */
            lease_s: number;
            /** @description The loop. */
            loop: string;
            proposal?: components["schemas"]["Proposal"] | null;
            /** @description Why a person sees it. */
            reasons: components["schemas"]["Reason"][];
            /** @description The task, without its purpose. */
            task: components["schemas"]["ClaimedTask"];
            /**
             * Format: int64
             * @description Fencing token: goes with every use of the claim.
             */
            token: number;
            /**
             * Format: double
             * @description How long a judgment may be undone, in seconds.
             */
            undo_s: number;
            /**
             * Format: int64
             * @description About how many more wait.
             */
            waiting: number;
        };
        /** @description Which cases to claim. */
        ClaimFilter: {
            /** @description One case in particular. */
            case?: string | null;
            /**
             * Format: int32
             * @description How many, 1 to 20.
             * @default 1
             */
            limit: number | null;
            /** @description Names of loops; all where empty. */
            loops?: string[];
            /** @description Which comes first. */
            order?: components["schemas"]["ClaimOrder"];
            /** @description Queues; all where empty. */
            queues?: string[];
        };
        /**
         * @description Which case comes first.
         * @enum {string}
         */
        ClaimOrder: "policy" | "oldest" | "uncertain" | "diverse" | "value" | "grouped";
        /** @description A task as its reviewer sees it. */
        ClaimedTask: {
            /**
             * Format: date-time
             * @description Since when.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description Where it waited. */
            queue: string;
        };
        /** @description Claims. */
        Claims: {
            /** @description Seats that the caller holds now. */
            claims: components["schemas"]["Claim"][];
        };
        /** @description An alert to clear. */
        ClearRunAlert: {
            /** @description Which. */
            kind: string;
            /** @description Why it is over. */
            reason: string;
        };
        /** @description A remark on a case. */
        Comment: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description The text. */
            body: string;
            /** @description Its id. */
            id: string;
            /** @description Who; null for a machine. */
            member?: string | null;
        };
        /** @description A proof that the newer tree continues the older one (RFC 9162, section 2.1.4). */
        Consistency: {
            /**
             * Format: int64
             * @description The older size.
             */
            from: number;
            /** @description Root of the older tree, base64. */
            from_root: string;
            /** @description The proof, base64. */
            hashes: string[];
            /**
             * Format: int64
             * @description The newer size.
             */
            to: number;
            /** @description Root of the newer tree, base64. */
            to_root: string;
        };
        /** @description Taking the grant of a decision. */
        Consume: {
            /** @description Who executes. */
            consumer: string;
            /** @description Digest of the decision, as whoever executes knows it. */
            digest: string;
        };
        /** @description Which runs were ordered. */
        Controlled: {
            /** @description Their ids. */
            runs: string[];
        };
        /** @description A part of a conversation. */
        Conversation: {
            /** @description What was said after `after`, in order; 500 at most. */
            items: components["schemas"]["Message"][];
            /** @description Who has the turn. */
            turn: components["schemas"]["Turn"];
        };
        /** @description What an error and a review cost, in one unit. */
        CostsIn: {
            /**
             * Format: double
             * @description A wrong automatic answer.
             */
            error: number;
            /**
             * Format: double
             * @description A person's look.
             */
            review: number;
        };
        /** @description An address and a password. */
        Credentials: {
            /** @description The e-mail address. */
            email: string;
            /** @description The password. */
            password: string;
        };
        /** @description A decision. */
        Decision: {
            appeal?: components["schemas"]["AppealRight"] | null;
            /** @description The sign-offs over many cases that it is part of. */
            batches?: string[];
            /** @description `machine`, `people`, `deadline` or `import`. */
            by: string;
            /** @description What people changed. */
            changes: components["schemas"]["Change"][];
            /**
             * Format: date-time
             * @description When it was made.
             */
            decided_at: string;
            /** @description `pending`, `delivered`, `consumed` or `expired`. */
            delivery: string;
            /** @description SHA-256 over what was decided, in hexadecimal. */
            digest: string;
            /**
             * Format: date-time
             * @description When it takes effect.
             */
            effective_at: string;
            gate?: components["schemas"]["Gate"] | null;
            /** @description Its id. */
            id: string;
            /** @description Judgments it rests on. */
            judgments: string[];
            /**
             * Format: int32
             * @description Version of the loop.
             */
            loop_version: number;
            /** @description Model and version of the proposal. */
            model?: string | null;
            /** @description Plain words for the person affected; there once the decision took effect. */
            notice?: string | null;
            /** @description `approved`, `modified`, `rejected`, `labelled` or `blocked`. */
            outcome: string;
            /** @description The final output; null for rejected and blocked. */
            output?: Record<string, never> | null;
            /** @description Why, for the record. */
            rationale?: string | null;
            /** @description Reason codes. */
            reason_codes: string[];
            /** @description The rule that made it. */
            rule: string;
            ruling?: components["schemas"]["Ruling"] | null;
            /** @description The standing permission that it was made under. */
            standing_grant?: string | null;
            /** @description `held`, `effective`, `withdrawn`, `superseded`, or `suspended` while an appeal is open. */
            state: string;
        };
        /** @description Somebody who could stand in. */
        Delegate: {
            /** @description The member. */
            id: string;
            /** @description Their name. */
            name: string;
        };
        /** @description A message for an endpoint, and what became of it. */
        Delivery: {
            /**
             * Format: int64
             * @description Attempts so far.
             */
            attempts: number;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Why the newest attempt failed. */
            error?: string | null;
            /**
             * Format: date-time
             * @description When it was delivered or given up.
             */
            finished_at?: string | null;
            /** @description Its id: the header `webhook-id` of every attempt. */
            id: string;
            /**
             * @description What kind of message.
             * @example case.decided
             */
            kind: string;
            /**
             * Format: date-time
             * @description When it is tried next, or when the attempt under way is given up.
             */
            next_attempt_at?: string | null;
            /** @description The first bytes of the newest answer, at most 512. */
            response?: string | null;
            /** @description `waiting`, `done` or `dead`. */
            state: components["schemas"]["DeliveryState"];
            /**
             * Format: int32
             * @description The HTTP status of the newest attempt; null where there was no answer.
             */
            status?: number | null;
            /** @description The case, or the endpoint itself for a test. */
            subject: string;
            /**
             * Format: int64
             * @description How long the newest attempt took, in milliseconds.
             */
            took_ms?: number | null;
        };
        /**
         * @description What became of a message.
         * @enum {string}
         */
        DeliveryState: "waiting" | "done" | "dead";
        /** @description How the desk of a loop does. */
        Desk: {
            /** @description What somebody should look at: what stands first, then what is over lately. */
            alerts: components["schemas"]["Alert"][];
            /** @description Its queues. */
            queues: components["schemas"]["Queue"][];
        };
        /** @description A help desk: how it is told of a case, and where its answers say what. */
        DeskAt: {
            /** @description The request that makes a ticket, once for each case that waits for people. */
            create: components["schemas"]["DeskCall"];
            /**
             * @description JSON pointer of the ticket's id in the answer to `create`.
             * @example /ticket/id
             */
            id_at: string;
            sync?: components["schemas"]["DeskSync"] | null;
            update?: components["schemas"]["DeskCall"] | null;
            /** @description JSON pointer of the ticket's address in that answer. */
            url_at?: string | null;
        };
        /** @description A request with placeholders such as `{{case.id}}`. */
        DeskCall: {
            /** @description The body; a text that is one placeholder becomes its value. */
            body?: Record<string, never>;
            /** @description Headers by name; secrets by name: `Bearer {{secret.NAME}}`, `Basic {{secret.NAME|base64}}`. */
            headers?: {
                [key: string]: string;
            };
            /** @description `POST`, `PUT` or `PATCH`. */
            method: string;
            /** @description The address; placeholders stand behind the host and are percent-encoded. */
            url: string;
        };
        /** @description Where a message of the desk says what: JSON pointers into it. */
        DeskSync: {
            /** @description What was said last, if the desk sends that. */
            comment_at?: string | null;
            /**
             * @description Its state.
             * @example /ticket/status
             */
            status_at: string;
            /**
             * @description The ticket's id.
             * @example /ticket/id
             */
            ticket_at: string;
        };
        /** @description A case that would have gone elsewhere. */
        DryRunChange: {
            /** @description The case. */
            case: string;
            /** @description Where it went. */
            from: string;
            /** @description Why. */
            reason: string;
            /** @description Where it would have gone. */
            to: string;
            /** @description Whether the proposal was wrong, where that is known. */
            wrong?: boolean | null;
        };
        /** @description Cases that would have gone elsewhere. */
        DryRunChanged: {
            /** @description Some of them. */
            examples: components["schemas"]["DryRunChange"][];
            /**
             * Format: int64
             * @description To the machine.
             */
            to_auto: number;
            /**
             * Format: int64
             * @description Blocked.
             */
            to_block: number;
            /**
             * Format: int64
             * @description To people.
             */
            to_review: number;
        };
        /** @description An off-policy estimate. */
        DryRunEstimate: {
            /**
             * Format: double
             * @description Certainty of the interval.
             */
            certainty: number;
            /**
             * Format: double
             * @description How many unweighted cases the known ones are worth.
             */
            effective_cases: number;
            /**
             * Format: double
             * @description The estimate.
             */
            estimate: number;
            /**
             * Format: int64
             * @description Cases behind it.
             */
            known: number;
            /**
             * Format: double
             * @description Lower end.
             */
            lower: number;
            /**
             * Format: double
             * @description Share of the cases that nobody could have looked at: nothing is known about them.
             */
            unknown_share: number;
            /**
             * Format: double
             * @description Upper end.
             */
            upper: number;
        };
        /** @description What would have happened to the cases of one proposed class. */
        DryRunGroup: {
            /**
             * Format: double
             * @description Share that would have passed.
             */
            automatic_share: number;
            /**
             * Format: int64
             * @description Cases.
             */
            cases: number;
            error?: components["schemas"]["DryRunEstimate"] | null;
            /** @description The class. */
            group: string;
            /**
             * Format: double
             * @description Mean size of the prediction sets at the draft's alpha.
             */
            set_size?: number | null;
        };
        /** @description What to try. */
        DryRunIn: {
            costs?: components["schemas"]["CostsIn"] | null;
            /** @description `yaml` (default) or `json`. */
            format?: string | null;
            /**
             * Format: int32
             * @description How many of the newest cases, 1 to 20,000; 2,000 where absent.
             */
            limit?: number | null;
            /** @description A loop file; the version in force where absent. */
            source?: string | null;
        };
        /** @description What a draft would have done. */
        DryRunOut: {
            /** @description What would have happened. */
            after: components["schemas"]["DryRunOutcome"];
            /** @description What happened. */
            before: components["schemas"]["DryRunOutcome"];
            /**
             * Format: int64
             * @description Cases looked at.
             */
            cases: number;
            /** @description Cases that would have gone elsewhere. */
            changed: components["schemas"]["DryRunChanged"];
            /** @description Coverage and error by threshold on the confidence, over cases that no rule or guardrail decides. */
            curve: components["schemas"]["DryRunPoint"][];
            /** @description By proposed class. */
            groups: components["schemas"]["DryRunGroup"][];
            /**
             * Format: int64
             * @description Of these, cases whose right answer is known.
             */
            known: number;
            /** @description What the figures rest on, in words. */
            notes: string[];
            /** @description Sizes of prediction sets by alpha, where proposals carry probabilities. */
            sets: components["schemas"]["DryRunSets"][];
            /** @description In which ways the draft widens what the machine may do over the version in force. */
            widens: string[];
        };
        /** @description Where cases went, or would have gone. */
        DryRunOutcome: {
            /**
             * Format: double
             * @description Share that passed.
             */
            automatic_share: number;
            /**
             * Format: double
             * @description Share that is blocked.
             */
            block_share: number;
            /**
             * Format: double
             * @description Errors and reviews in the unit of the costs.
             */
            cost?: number | null;
            error?: components["schemas"]["DryRunEstimate"] | null;
            /** @description Reasons, most frequent first. */
            reasons: components["schemas"]["DryRunReason"][];
            /**
             * Format: double
             * @description Share that people see.
             */
            review_share: number;
            /**
             * Format: double
             * @description Wrong answers that passed, in expectation.
             */
            wrong?: number | null;
        };
        /** @description A threshold. */
        DryRunPoint: {
            /**
             * Format: double
             * @description Cost per case at this threshold.
             */
            cost?: number | null;
            /**
             * Format: double
             * @description Share of cases at or above it.
             */
            coverage: number;
            error?: components["schemas"]["DryRunEstimate"] | null;
            /**
             * Format: double
             * @description The threshold.
             */
            threshold: number;
        };
        /** @description How often a reason was given. */
        DryRunReason: {
            /**
             * Format: int64
             * @description Cases.
             */
            cases: number;
            /** @description The code. */
            code: string;
            /** @description The rule or guardrail. */
            name?: string | null;
        };
        /** @description Prediction sets at one alpha. */
        DryRunSets: {
            /**
             * Format: double
             * @description Share of sets that may miss the right answer.
             */
            alpha: number;
            /**
             * Format: double
             * @description Share of empty sets.
             */
            empty: number;
            /**
             * Format: double
             * @description Of more.
             */
            more: number;
            /**
             * Format: double
             * @description Share of sets of one answer.
             */
            one: number;
            /**
             * Format: double
             * @description Of two.
             */
            two: number;
        };
        /** @description A sealed event, byte for byte as it was hashed. */
        Entry: {
            /** @description Its canonical JSON. */
            event: Record<string, never>;
            /**
             * Format: int64
             * @description Its index.
             */
            index: number;
            /** @description The hash of its leaf, base64. */
            leaf: string;
        };
        /** @description The share wrong among automatic cases since the epoch began. */
        ErrorInterval: {
            /**
             * Format: int64
             * @description Automatic cases of the epoch.
             */
            cases: number;
            /**
             * Format: double
             * @description The certainty.
             */
            certainty: number;
            /**
             * Format: double
             * @description Kish's effective number of judged audits.
             */
            effective_audits: number;
            /**
             * Format: int64
             * @description The autonomy epoch.
             */
            epoch: number;
            /**
             * Format: double
             * @description The estimate; null before an audit is judged.
             */
            estimate?: number | null;
            /**
             * Format: date-time
             * @description Since when cases are counted.
             */
            holds_from?: string | null;
            /**
             * Format: double
             * @description Horvitz and Thompson's estimate.
             */
            horvitz_thompson?: number | null;
            /**
             * Format: double
             * @description Lower end. Both ends hold together, at every moment, with the certainty.
             */
            lower: number;
            /** @description How it is computed. */
            method: string;
            /**
             * Format: double
             * @description Its standard error.
             */
            standard_error?: number | null;
            /**
             * Format: int64
             * @description Of these, cases that no audit could have chosen.
             */
            unauditable: number;
            /**
             * Format: double
             * @description Upper end.
             */
            upper: number;
        };
        /** @description Errors among automatic cases, and how much is automatic. */
        ErrorStats: {
            /**
             * Format: double
             * @description Of the judged, how many found an error.
             */
            audit_errors: number;
            /**
             * Format: int64
             * @description Audits of the epoch that were judged.
             */
            audited: number;
            /**
             * Format: int64
             * @description Audits that wait for a judgment.
             */
            audits_pending: number;
            /**
             * Format: int64
             * @description Decided by the machine.
             */
            automatic: number;
            /**
             * Format: double
             * @description Share of the decided cases that the machine decided.
             */
            automatic_share?: number | null;
            /**
             * Format: double
             * @description The same over the newest 200 decisions.
             */
            automatic_share_recent?: number | null;
            /**
             * Format: int64
             * @description Cases that came in.
             */
            cases: number;
            /**
             * Format: int64
             * @description Decided and not imported.
             */
            decided: number;
            error?: components["schemas"]["ErrorInterval"] | null;
            /**
             * Format: int64
             * @description Judgments that count.
             */
            judgments: number;
            progress?: components["schemas"]["BoundProgress"] | null;
            /**
             * Format: int64
             * @description Cases that people decided.
             */
            reviewed: number;
        };
        /** @description A case of an evaluation set, without its answer. */
        EvaluationCase: {
            /** @description The case. */
            case: string;
            /** @description What came in. */
            input: Record<string, never>;
        };
        /** @description What a model says about the newest evaluation set: one prediction for each of its cases. */
        EvaluationIn: {
            /** @description The predictions, in any order. */
            predictions: components["schemas"]["PredictionIn"][];
        };
        /** @description A frozen evaluation set. */
        EvaluationSet: {
            /**
             * Format: date-time
             * @description When it was frozen.
             */
            created_at: string;
            /** @description SHA-256 over its cases and the commitments to their answers, hex; in the ledger, too. */
            digest: string;
            /** @description What people call it. */
            name: string;
            /**
             * Format: int64
             * @description 1, 2, 3, … within the loop.
             */
            set: number;
            /**
             * Format: int64
             * @description Number of its cases.
             */
            size: number;
        };
        /** @description A set to freeze. */
        EvaluationSetIn: {
            /** @description What people call it. */
            name: string;
            /** @description Number of cases; as many as are held out where absent (at most 2,000). */
            size?: number | null;
        };
        /** @description Something that happened. */
        Event: {
            /** @description Who: `{kind: member|key|machine|timer, id?}`. */
            actor: Record<string, never>;
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description The case. */
            case?: string | null;
            /** @description Details; left out for those who may only know that something happened. */
            data?: Record<string, never> | null;
            /** @description Its id. */
            id: string;
            /**
             * Format: int64
             * @description Its index in the ledger; null while it is unsealed.
             */
            index?: number | null;
            /**
             * @description What happened.
             * @example decision.made
             */
            kind: string;
            /** @description The loop. */
            loop?: string | null;
        };
        /**
         * @description How an execution went.
         * @enum {string}
         */
        Execution: "succeeded" | "failed";
        /** @description One fault of a file or body. */
        Fault: {
            /** @description Stable code. */
            code: string;
            /**
             * Format: int32
             * @description Column, from 1; 0 where unknown.
             */
            column: number;
            /** @description How to mend it. */
            hint?: string | null;
            /**
             * Format: int32
             * @description Line, from 1; 0 where unknown.
             */
            line: number;
            /** @description What is wrong. */
            message: string;
            /** @description JSON pointer. */
            path: string;
        };
        /** @description How many wrong proposals to plant. */
        Fool: {
            /**
             * Format: int32
             * @description 1 to 1,000.
             */
            n: number;
        };
        /** @description What a decision over a call is bound to, and what became of it. */
        Gate: {
            /** @description `unconsumed` or `execution_unknown`: somebody should look. */
            alarm?: string | null;
            /** @description `succeeded` or `failed`, once whoever executed said so. */
            execution?: string | null;
            /** @description The only consumer that may take the grant. */
            executor?: string | null;
            /**
             * Format: date-time
             * @description No grant is handed out from then on.
             */
            expires_at: string;
            /** @description Where it acts. */
            target?: string | null;
            /** @description The tool that may run. */
            tool?: string | null;
        };
        /** @description A grant: the point of no return. */
        Grant: {
            /** @description Exactly what was decided: the arguments of the call, or the whole answer. */
            arguments: Record<string, never>;
            /** @description Digest of the decision. */
            digest: string;
            /**
             * Format: date-time
             * @description Not after this time.
             */
            expires_at: string;
            /** @description Its id; whoever executes drops repeats by it. */
            grant: string;
            /**
             * @description The grant as a note signed with the grant key (`GET /v1/grants/key`), for whoever checks it
             *     without the server; null where the server has no such key.
             */
            note?: string | null;
            /** @description The tool that may run; null where the answer holds no call. */
            tool?: string | null;
        };
        /** @description The public half of the key that signs grants. */
        GrantKey: {
            /** @description `name+id+base64(0x01 || Ed25519 key)`, as keys of signed notes are written. */
            vkey: string;
        };
        /** @description Whether gates stay shut, in the space or in a loop. */
        Halt: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description Who set it last. */
            by?: string | null;
            /** @description Their name. */
            by_name?: string | null;
            /** @description The natural person behind who set it last; another one lifts it. */
            by_person?: string | null;
            /**
             * Format: int64
             * @description Counts every halt and resume.
             */
            epoch: number;
            /** @description Whether gates stay shut. */
            halted: boolean;
            /** @description Name of the loop; null for the whole space. */
            loop?: string | null;
            /** @description Why. */
            reason: string;
            /** @description `*` for the whole space, or a loop's id. */
            scope: string;
        };
        /** @description An order to stop, or to go on. */
        HaltIn: {
            /** @description Why. */
            reason: string;
            /** @description Name of a loop; the whole space where absent. */
            scope?: string | null;
        };
        /** @description Giving the turn back. */
        HandBack: {
            /** @description What the agent should know; it reads it as a message `note`. */
            note: string;
        };
        /** @description How the server is. */
        Health: {
            /** @description `ok`. */
            status: string;
        };
        /** @description A machine's decision that is held for a veto. */
        HeldDecision: {
            /** @description The case. */
            case: string;
            /**
             * Format: date-time
             * @description When.
             */
            decided_at: string;
            /** @description The submitter's key. */
            key?: string | null;
            /**
             * Format: double
             * @description Seconds of it that are left.
             */
            left_s: number;
            /** @description What was decided. */
            output?: Record<string, never> | null;
            /** @description Whether it runs. */
            running: boolean;
            /**
             * Format: double
             * @description Seconds that the time for a veto lasts.
             */
            veto_s: number;
        };
        /** @description Decisions of a loop that are held for a veto. */
        HeldDecisions: {
            /** @description The oldest first, at most a hundred. */
            items: components["schemas"]["HeldDecision"][];
            /** @description Whether somebody who may veto follows the events: the time runs. */
            watched: boolean;
        };
        /** @description A change of a revision. */
        Hunk: {
            /** @description Where it begins, in code points of the text that was sent. */
            from: number;
            /** @description What stands there afterwards. */
            text: string;
            /** @description Where it ends. */
            to: number;
        };
        /** @description How an imported case was decided. */
        ImportedDecision: {
            /** @description The final output; null where it was rejected. */
            output?: Record<string, never> | null;
        };
        /** @description A proof that an event is in the tree (RFC 9162, section 2.1.3). */
        Inclusion: {
            /** @description The proof, lowest first, base64. */
            hashes: string[];
            /**
             * Format: int64
             * @description Index of the event.
             */
            leaf: number;
            /** @description Hash of the leaf, base64. */
            leaf_hash: string;
            /** @description Root of the tree, base64. */
            root: string;
            /**
             * Format: int64
             * @description Size of the tree.
             */
            size: number;
        };
        /** @description What stands in for an answer. It is no decision and counts as none. */
        Interim: {
            /** @description Always false: whatever is done on it must be possible to take back. */
            decided: boolean;
            /** @description The answer to go on with for now. */
            output: Record<string, never>;
        };
        /** @description A background job. */
        Job: {
            /**
             * Format: date-time
             * @description When it was queued.
             */
            created_at: string;
            /** @description Why it failed. */
            error?: string | null;
            /**
             * Format: date-time
             * @description When it ended.
             */
            finished_at?: string | null;
            /** @description Its id. */
            id: string;
            /** @description `train` or `rescore`. */
            kind: string;
            /**
             * Format: double
             * @description 0 to 1.
             */
            progress: number;
            /** @description `queued`, `running`, `done` or `failed`. */
            state: string;
        };
        /** @description What came of a judgment. */
        Judged: {
            /** @description The case as it is now. */
            case: components["schemas"]["Case"];
            /** @description The judgment. */
            judgment: components["schemas"]["JudgmentDone"];
            next?: components["schemas"]["Claim"] | null;
        };
        /** @description A judgment. */
        Judgment: {
            /** @description The answer. */
            answer?: Record<string, never> | null;
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description Whether the proposal was hidden. */
            blind: boolean;
            /** @description Ticked items. */
            checklist: string[];
            /** @description A remark. */
            comment?: string | null;
            /**
             * Format: int64
             * @description Time spent in milliseconds.
             */
            elapsed_ms: number;
            /** @description What the machine did wrong. */
            failure_modes: string[];
            /** @description Its id. */
            id: string;
            /** @description Who. */
            member: string;
            /** @description Plain words for the person affected. */
            notice?: string | null;
            /** @description The proposal that was looked at. */
            proposal?: string | null;
            provenance?: components["schemas"]["Authorship"] | null;
            /**
             * Format: int32
             * @description A rating from 1 to 5.
             */
            rating?: number | null;
            /** @description Why, for the record. */
            rationale?: string | null;
            /** @description Reason codes. */
            reasons: string[];
            /** @description `counted`, `undone`, `retracted` or `superseded`. */
            state: string;
            /** @description The task it answers. */
            task: string;
            /** @description What they said. */
            verdict: string;
        };
        /** @description A judgment that was recorded. */
        JudgmentDone: {
            /** @description Its id. */
            id: string;
            /**
             * Format: date-time
             * @description Until when it may be undone; null where it may not.
             */
            undo_until?: string | null;
        };
        /** @description A key. */
        Key: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it ends.
             */
            expires_at?: string | null;
            /** @description Its id. */
            id: string;
            /**
             * Format: date-time
             * @description When it was last used, to half a minute.
             */
            last_used_at?: string | null;
            /** @description Whose it is; null for a machine's. */
            member?: string | null;
            /** @description Its name. */
            name: string;
            /** @description The first characters of its secret. */
            prefix: string;
            /**
             * Format: date-time
             * @description When it was revoked.
             */
            revoked_at?: string | null;
            /** @description Its roles. */
            roles: components["schemas"]["RoleGrant"][];
            /** @description What it is limited to; empty for no limit. */
            scopes: string[];
            /** @description The secret; only in the answer that made it. */
            secret?: string | null;
        };
        /** @description A point of the learning curve: one model. */
        LearningPoint: {
            accuracy?: components["schemas"]["Share"] | null;
            /**
             * Format: date-time
             * @description When it was registered.
             */
            at: string;
            /**
             * Format: int64
             * @description Labelled rows there were.
             */
            examples: number;
            /**
             * Format: int64
             * @description Judgments there were.
             */
            judgments: number;
            /**
             * Format: int64
             * @description The model.
             */
            model_version: number;
            random?: components["schemas"]["RandomSlice"] | null;
            /**
             * Format: int64
             * @description Rows trained on: those, without the held-out ones.
             */
            trained_on: number;
        };
        /** @description How the loop learns. */
        LearningStats: {
            /** @description Agreement of people with proposals, oldest first. */
            agreement: components["schemas"]["AgreementPoint"][];
            /** @description Newest first. */
            models: components["schemas"]["Model"][];
            /** @description One a model, oldest first. */
            points: components["schemas"]["LearningPoint"][];
        };
        /** @description A problem of the ledger. */
        LedgerProblem: {
            /** @description Stable code. */
            code: string;
            /** @description What is wrong. */
            detail: string;
            /** @description Its id, or that of the row. */
            id?: string | null;
            /**
             * Format: int64
             * @description Index of the event concerned.
             */
            index?: number | null;
        };
        /** @description The token of a sign-in link. */
        Link: {
            /** @description The token. */
            token: string;
        };
        /** @description What one link of the chain, or one model that checks, said of a case. */
        LinkTry: {
            /**
             * Format: double
             * @description How sure it was; of a check, its score.
             */
            confidence?: number | null;
            /** @description `model`, `http`, `openai`, `label_studio`, `rule`, `check`, or `deadline` for the end of all patience. */
            kind: string;
            /**
             * @description Its name.
             * @example http-2
             */
            link: string;
            /** @description Model and version as it named itself. */
            model?: string | null;
            /**
             * @description `proposed`, `no_answer`, `low_confidence`, `guardrail`, `timeout`, `unreachable`, `forbidden`,
             *     `status`, `too_large`, `bad_answer`, `misfit`, `breaker_open` or `no_secret`.
             * @example low_confidence
             */
            outcome: string;
            /** @description What it said, where that was not proposed. */
            output?: Record<string, never> | null;
            /**
             * Format: date-time
             * @description When it was asked.
             */
            started: string;
            /**
             * Format: int64
             * @description How long it took, in milliseconds.
             */
            took_ms: number;
            usage?: components["schemas"]["TokenUsage"] | null;
            /** @description What went wrong and where; for those who see everything. */
            why?: string | null;
        };
        /** @description A member who is away. */
        ListedAbsence: {
            /**
             * Format: date-time
             * @description When the delegate said yes; null before, and nobody stands in then.
             */
            accepted_at?: string | null;
            /**
             * Format: date-time
             * @description Since when the delegate is asked.
             */
            asked_at: string;
            /** @description Who is asked to stand in. */
            delegate: string;
            /** @description Their name. */
            delegate_name: string;
            /** @description What the delegate says yes to: SHA-256, hex, over the above. */
            digest: string;
            /** @description Who. */
            member: string;
            /** @description Their name. */
            name: string;
            /** @description Whether saying yes takes the delegate's passkey. */
            takes_passkey: boolean;
            /**
             * Format: date-time
             * @description Until when.
             */
            until: string;
        };
        /** @description A case as it was listed. */
        ListedCase: {
            /** @description The case. */
            case: string;
            /** @description The `digest` of its proposal, as it was shown. */
            digest: string;
        };
        /** @description The model that proposes. */
        LiveModel: {
            /** @description Its stage. */
            stage: string;
            /**
             * Format: int64
             * @description Its version.
             */
            version: number;
        };
        /** @description Everything the live page of a loop shows: the figures of `errors`, and these. */
        LiveStats: {
            /** @description Agreement of people with proposals. */
            agreement: components["schemas"]["AgreementPoint"][];
            /**
             * Format: date-time
             * @description When this was true.
             */
            at: string;
            /**
             * Format: double
             * @description Of the judged, how many found an error.
             */
            audit_errors: number;
            /**
             * Format: int64
             * @description Audits of the epoch that were judged.
             */
            audited: number;
            /**
             * Format: int64
             * @description Audits that wait for a judgment.
             */
            audits_pending: number;
            /**
             * Format: int64
             * @description Decided by the machine.
             */
            automatic: number;
            /**
             * Format: double
             * @description Share of the decided cases that the machine decided.
             */
            automatic_share?: number | null;
            /**
             * Format: double
             * @description The same over the newest 200 decisions.
             */
            automatic_share_recent?: number | null;
            /**
             * Format: int64
             * @description Cases that came in.
             */
            cases: number;
            /**
             * Format: int64
             * @description Decided and not imported.
             */
            decided: number;
            error?: components["schemas"]["ErrorInterval"] | null;
            job?: components["schemas"]["Job"] | null;
            /**
             * Format: int64
             * @description Judgments that count.
             */
            judgments: number;
            model?: components["schemas"]["Model"] | null;
            /**
             * Format: int64
             * @description Models trained so far.
             */
            models_trained: number;
            /** @description The learning curve. */
            points: components["schemas"]["LearningPoint"][];
            progress?: components["schemas"]["BoundProgress"] | null;
            /** @description What waits. */
            queue: components["schemas"]["QueueStats"];
            /**
             * Format: int64
             * @description Cases that people decided.
             */
            reviewed: number;
            /** @description Time per judgment. */
            time: components["schemas"]["TimeStats"];
        };
        /** @description A loop with its newest published version, or the one that was asked for. */
        Loop: {
            /**
             * Format: date-time
             * @description When the loop was made.
             */
            created_at: string;
            /** @description `yaml` or `json`. */
            format: string;
            /**
             * Format: int64
             * @description The version in force; 0 while there is none.
             */
            head: number;
            /** @description Its id. */
            id: string;
            model?: components["schemas"]["LiveModel"] | null;
            /** @description Its name. */
            name: string;
            /** @description The loop file as its author wrote it. */
            source: string;
            /** @description The loop file as data, with defaults filled in. */
            spec: Record<string, never>;
            /** @description Its title. */
            title: string;
            /**
             * Format: int64
             * @description The version shown.
             */
            version: number;
            /** @description All versions, newest first. */
            versions: components["schemas"]["LoopVersion"][];
            /**
             * @description Where the version shown is not published: in which ways it widens what the machine may do over
             *     the version in force. Such a version takes two persons.
             */
            widens: string[];
        };
        /** @description A loop in the list. */
        LoopSummary: {
            /**
             * Format: double
             * @description Share of the cases that the machine decided.
             */
            automatic_share?: number | null;
            /**
             * Format: int64
             * @description Cases that came in.
             */
            cases: number;
            /** @description `full` or `selective`. */
            coverage: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: int64
             * @description Cases with an effective decision.
             */
            decided: number;
            /** @description Whether the policy holds anything. */
            enforce: boolean;
            /** @description `in_the_loop`, `on_the_loop` or `out_of_the_loop`. */
            mode: string;
            /** @description Its name. */
            name: string;
            /**
             * Format: int64
             * @description Cases that wait for people.
             */
            open: number;
            /** @description Its title. */
            title: string;
            /**
             * Format: int64
             * @description The version in force.
             */
            version: number;
        };
        /** @description A version of a loop. */
        LoopVersion: {
            /** @description Who asked for it, where it took a second person. */
            proposed_by?: string | null;
            /**
             * Format: date-time
             * @description When it was kept.
             */
            published_at: string;
            /** @description By whom; null for the server or a machine's key. */
            published_by?: string | null;
            /** @description Why. */
            reason: string;
            /** @description `draft`, `proposed` (waits for a second person) or `published`. */
            state: string;
            /**
             * Format: int64
             * @description Its number.
             */
            version: number;
        };
        /** @description Autonomy that is taken back. */
        Lower: {
            /** @description The group; empty without groups. */
            group?: string;
            /** @description A stricter level; full review where absent. */
            level?: number | null;
            /** @description Why. */
            reason: string;
        };
        /** @description A file that was kept. */
        Media: {
            /** @description Its id. */
            id: string;
            /** @description Its media type. */
            mime: string;
            /** @description SHA-256 of its bytes, in hexadecimal. */
            sha256: string;
            /** @description How many bytes. */
            size: number;
        };
        /** @description A member. */
        Member: {
            /**
             * Format: date-time
             * @description When it was added.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description Since when it may not sign in.
             */
            disabled_at?: string | null;
            /** @description Its e-mail address. */
            email: string;
            /** @description Its id. */
            id: string;
            /**
             * Format: date-time
             * @description Since when two admins agree which natural person's it is.
             */
            identified_at?: string | null;
            /** @description Its name. */
            name: string;
            /** @description The natural person behind it. */
            person: string;
            /** @description Its roles. */
            roles: components["schemas"]["RoleGrant"][];
            /** @description A link that signs in once; only in the answer that made it. */
            signin_link?: string | null;
            /** @description What the person can do, as queues ask for it. */
            skills: string[];
        };
        /** @description What to change about a member. */
        MemberPatch: {
            /** @description Whether it is shut out. */
            disabled?: boolean | null;
            /** @description Its name. */
            name?: string | null;
            /** @description All its roles. */
            roles?: components["schemas"]["RoleGrant"][] | null;
            /** @description All its skills, as queues ask for them. */
            skills?: string[] | null;
        };
        /** @description One reviewer. */
        MemberQuality: {
            accepted?: components["schemas"]["Share"] | null;
            agreement?: components["schemas"]["Share"] | null;
            /**
             * Format: int64
             * @description Judgments given.
             */
            judgments: number;
            /**
             * Format: int64
             * @description Median time of the newest two hundred.
             */
            median_ms?: number | null;
            /** @description The account. */
            member: string;
            /** @description Its name. */
            name: string;
        };
        /** @description Something that was said. */
        Message: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description The words. */
            body: string;
            /** @description The sender's own id. */
            client_id: string;
            /** @description Who speaks. */
            from: components["schemas"]["Speaker"];
            /** @description Its id. */
            id: string;
            /** @description The member; hidden from whoever only hands cases in. */
            member?: string | null;
            /**
             * Format: int64
             * @description Its number in the case, from 1: pass the last one as `after`.
             */
            n: number;
        };
        /** @description A model of a loop's registry. */
        Model: {
            compared?: components["schemas"]["ModelCompared"] | null;
            /**
             * Format: date-time
             * @description When it was registered.
             */
            created_at: string;
            /**
             * Format: int64
             * @description How long training took.
             */
            duration_ms: number;
            /** @description Its id. */
            id: string;
            /** @description What it is: the kind of learner, or `external` or `prompt`. */
            kind: string;
            /** @description Figures of its training here. */
            metrics: Record<string, never>;
            /** @description Name in proposals, as in `intent@7`. */
            name: string;
            note?: components["schemas"]["ModelNote"] | null;
            outside?: components["schemas"]["ModelIn"] | null;
            /** @description Why promotion would be refused now: `not_evaluated`. */
            refusal?: string | null;
            score?: components["schemas"]["ModelScore"] | null;
            shadow?: components["schemas"]["ModelShadow"] | null;
            /** @description `shadow`, `canary`, `live` or `retired`. */
            stage: string;
            /**
             * Format: int64
             * @description Examples it was trained on.
             */
            trained_on: number;
            /**
             * Format: int64
             * @description Its version.
             */
            version: number;
        };
        /** @description Two models on the same frozen cases: only those tell where exactly one is right. */
        ModelCompared: {
            /** @description The live model. */
            against: string;
            /**
             * Format: int64
             * @description Cases where only this model is right.
             */
            candidate: number;
            /**
             * Format: int64
             * @description Cases where only the live one is right.
             */
            current: number;
            /**
             * Format: double
             * @description Two-sided p-value of the exact sign test of "neither is better".
             */
            p_value: number;
        };
        /** @description A model from outside. */
        ModelIn: {
            artefact?: components["schemas"]["ArtefactIn"] | null;
            /** @description What it is. */
            kind: components["schemas"]["ModelKind"];
            /** @description Anything its owner wants to keep with it. */
            metadata?: Record<string, never>;
            /** @description Figures that whoever pushes it claims; shown as claims, believed by nothing. */
            metrics?: Record<string, never>;
            /** @description As its proposals name it, such as `intent@8`. A version never changes. */
            name: string;
            prompt?: components["schemas"]["PromptIn"] | null;
            /**
             * Format: int64
             * @description Examples it was trained on.
             */
            trained_on?: number;
        };
        /**
         * @description What a model from outside is.
         * @enum {string}
         */
        ModelKind: "external" | "prompt";
        /** @description Why a model was moved. */
        ModelNote: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description Who. */
            by: string;
            /** @description The event, such as `model.promoted`. */
            kind: string;
            /** @description Why. */
            reason: string;
        };
        /** @description A score on a frozen evaluation set. */
        ModelScore: {
            /** @description Share of cases with people's answer. */
            accuracy: components["schemas"]["ModelShare"];
            /**
             * Format: double
             * @description Mean F1 over the options that occur in people's answers.
             */
            macro_f1?: number | null;
            /**
             * Format: double
             * @description Mean negative log-likelihood, in nats.
             */
            nll?: number | null;
            /**
             * Format: int64
             * @description The set.
             */
            set: number;
        };
        /** @description A model in the shadow beside what people were shown. */
        ModelShadow: {
            /** @description What it is compared with below. */
            against?: string | null;
            /**
             * Format: int64
             * @description Cases where only this model is right.
             */
            candidate: number;
            /**
             * Format: int64
             * @description Cases compared with that.
             */
            cases: number;
            /**
             * Format: int64
             * @description Cases where only the other is right.
             */
            current: number;
            /**
             * Format: double
             * @description Accuracy of this model less that of the other.
             */
            difference?: number | null;
            /**
             * Format: double
             * @description Anytime-valid p-value of "this model is not better".
             */
            p_better: number;
            /**
             * Format: double
             * @description Anytime-valid p-value of "this model is not worse".
             */
            p_worse: number;
            /** @description Share of cases where it had people's answer. */
            right: components["schemas"]["ModelShare"];
        };
        /** @description A share with its interval (Wilson, 95 %). */
        ModelShare: {
            /**
             * Format: double
             * @description The share itself.
             */
            estimate: number;
            /**
             * Format: double
             * @description Lower end.
             */
            lower: number;
            /**
             * Format: int64
             * @description Cases it is of.
             */
            n: number;
            /**
             * Format: double
             * @description Upper end.
             */
            upper: number;
        };
        /** @description That a member is away, and who is asked to stand in. */
        NewAbsence: {
            /** @description The member who is asked to stand in. */
            delegate?: string | null;
            /**
             * Format: date-time
             * @description Until when; null for somebody who is back.
             */
            until?: string | null;
        };
        /** @description An appeal to lodge. */
        NewAppeal: {
            /** @description Who contests the decision, in 1 to 256 bytes: a name or a number of yours. */
            by: string;
            /** @description What speaks for that: at most twenty pieces. */
            evidence?: components["schemas"]["AppealEvidence"][];
            /** @description Why it is wrong, in 1 to 16,384 bytes. */
            statement: string;
        };
        /** @description Waiting calls of one tool to approve together. */
        NewBatch: {
            assertion?: components["schemas"]["Assertion"] | null;
            /** @description The cases, 1 to 100. */
            cases: components["schemas"]["ListedCase"][];
            /** @description Ticked items of the checklist. */
            checklist?: string[];
            /** @description A remark on all of them. */
            comment?: string | null;
            /**
             * Format: int64
             * @description Time spent in milliseconds.
             */
            elapsed_ms?: number;
            /** @description Most cases that may be approved. */
            max_count?: number | null;
            sum?: components["schemas"]["SumLimit"] | null;
            /** @description The tool that all of them call. */
            tool: string;
        };
        /** @description A case to submit. */
        NewCase: {
            /**
             * Format: date-time
             * @description For imported history: when.
             */
            at?: string | null;
            /** @description What the agent tried already. */
            attempted?: string | null;
            /**
             * Format: date-time
             * @description When it is overdue.
             */
            deadline?: string | null;
            decision?: components["schemas"]["ImportedDecision"] | null;
            /** @description Group attributes. */
            group?: {
                [key: string]: string;
            };
            /** @description An object of the loop's input fields. */
            input: Record<string, never>;
            /** @description What stands in for the answer while the case waits; the loop's where absent. Never a decision. */
            interim?: Record<string, never> | null;
            /** @description Names the case within its loop: the same key and content is the same case. */
            key?: string | null;
            /**
             * Format: int32
             * @description 0 to 9, 9 first.
             */
            priority?: number;
            proposal?: components["schemas"]["NewProposal"] | null;
            /** @description Always goes to a person. */
            requested_human?: boolean;
            /** @description The run it is a gate of, by its id; any other text is a label. */
            run?: string | null;
            /**
             * Format: int64
             * @description The newest control of the run that was obeyed; where absent, the newest it acknowledged.
             */
            run_epoch?: number | null;
            /** @description Whose data this is. */
            subject?: string | null;
            /** @description Tags. */
            tags?: string[];
            /** @description The conversation so far, oldest first; travels along to whoever reviews the case. */
            transcript?: components["schemas"]["Utterance"][];
        };
        /** @description A channel to add. */
        NewChannel: {
            broker?: components["schemas"]["BrokerAt"] | null;
            desk?: components["schemas"]["DeskAt"] | null;
            /** @description Which way messages go. */
            direction: components["schemas"]["ChannelDirection"];
            /**
             * @description `nats`, `amqp` or `helpdesk`.
             * @example nats
             */
            kind: string;
            /** @description Outward: the kinds of messages it wants; none for all. */
            kinds?: string[];
            /** @description Inward: the loop that its cases go to; it may be published later. */
            loop?: string | null;
            /** @description Outward: the loops it wants; none for all. */
            loops?: string[];
            /** @description What people call it; unique. */
            name: string;
            /** @description Outward: how much a message says. */
            payload?: components["schemas"]["WebhookPayload"];
        };
        /** @description A remark to add. */
        NewComment: {
            /** @description The text. */
            body: string;
        };
        /** @description What a reviewer says. */
        NewJudgment: {
            /** @description The answer, for `modify` and `answer`. */
            answer?: Record<string, never> | null;
            assertion?: components["schemas"]["Assertion"] | null;
            /** @description Ticked items of the checklist. */
            checklist?: string[];
            /** @description The claim it fills; without it the server claims and judges in one step. */
            claim?: string | null;
            claim_next?: components["schemas"]["ClaimFilter"] | null;
            /** @description A remark. */
            comment?: string | null;
            /**
             * Format: int64
             * @description Time spent in milliseconds.
             */
            elapsed_ms?: number;
            /** @description What the machine did wrong. */
            failure_modes?: string[];
            /** @description Plain words for the person affected; the loop's own where absent. */
            notice?: string | null;
            /** @description The proposal that was looked at; the newest where absent. */
            proposal?: string | null;
            /**
             * @description Who wrote the texts of the answer, by field: spans that cover each, in code points. In a loop with a
             *     co-pilot what was suggested and is not said to be a model's is counted as one anyway.
             */
            provenance?: {
                [key: string]: components["schemas"]["AuthorSpan"][];
            };
            /**
             * Format: int32
             * @description A rating from 1 to 5.
             */
            rating?: number | null;
            /** @description Why, for the record; `review.rationale` of the loop says whether it must be there. */
            rationale?: string | null;
            /** @description Reason codes. */
            reasons?: string[];
            /**
             * @description For calls of tools: the `digest` of the proposal that was shown. `approve` needs it; on other
             *     bytes nothing is judged.
             */
            seen?: string | null;
            /**
             * Format: int64
             * @description The claim's token.
             */
            token?: number | null;
            /** @description What they say. */
            verdict: components["schemas"]["VerdictName"];
        };
        /** @description A key to make. */
        NewKey: {
            /**
             * Format: date-time
             * @description When it ends.
             */
            expires_at?: string | null;
            /** @description Whose it is. */
            member?: string | null;
            /** @description Its name. */
            name: string;
            /** @description Its roles; a member's key has the member's where it names none. */
            roles?: components["schemas"]["RoleGrant"][];
            /** @description What it is limited to: `read`, `submit`, `review`, `manage`, `admin`. */
            scopes?: string[];
        };
        /** @description A member to add. */
        NewMember: {
            /** @description Its e-mail address. */
            email: string;
            /** @description Its name. */
            name: string;
            /** @description Its password; without one the answer holds a sign-in link. */
            password?: string | null;
            /** @description The person, when they have an account already. */
            person?: string | null;
            /** @description Its roles. */
            roles?: components["schemas"]["RoleGrant"][];
        };
        /** @description Something to say. */
        NewMessage: {
            /** @description The words, at most 16 KiB. */
            body: string;
            from?: components["schemas"]["Speaker"] | null;
            /** @description An id of your own: sent twice, said once. */
            id?: string | null;
        };
        /** @description What the world said later. */
        NewOutcome: {
            /** @description What the answer should have been. */
            answer?: Record<string, never> | null;
            execution?: components["schemas"]["Execution"] | null;
            /** @description What the machine did wrong. */
            failure_modes?: string[];
            /** @description The grant it was executed with. Without it, the one that was held when it happened. */
            grant?: string | null;
            /** @description The case's key, where the loop's route is used. */
            key?: string | null;
            /**
             * Format: date-time
             * @description When it happened.
             */
            occurred_at: string;
            /** @description `user` (kept apart until confirmed) or `system`. */
            source: components["schemas"]["OutcomeSource"];
        };
        /** @description A passkey to register. */
        NewPasskey: {
            /** @description The attestation object. */
            attestation: string;
            /** @description The client data, as the browser made it. */
            client_data: string;
            /** @description What its owner calls it. */
            name: string;
            /** @description The `nonce` of the options. */
            nonce: string;
        };
        /** @description A change of who is which natural person. */
        NewPersonChange: {
            /** @description For `merge`: the other account. */
            into?: string | null;
            /**
             * @description `merge`: two accounts are one person's; `split`: an account is another person's; `identify`: an
             *     account is the person's whose name it bears.
             */
            kind: components["schemas"]["PersonChangeKind"];
            /** @description The account. */
            member: string;
            /** @description Why. */
            reason: string;
        };
        /** @description A proposal to record. */
        NewProposal: {
            /** @description A number from 0 to 1 for the whole, or an object of numbers by field (or JSON pointer). */
            confidence?: Record<string, never> | null;
            /** @description Evidence, shown to reviewers. */
            evidence?: Record<string, never>[];
            /** @description Model and version, as in `intent@7`. */
            model?: string | null;
            /** @description The suggested answer. */
            output: Record<string, never>;
            /** @description Probabilities of the options by field. */
            probabilities?: {
                [key: string]: {
                    [key: string]: number;
                };
            };
        };
        /** @description A run to start. */
        NewRun: {
            /** @description What it may use. */
            budget?: components["schemas"]["RunBudget"];
            /** @description What it must keep to. */
            constraints?: string[];
            /** @description What it is to reach. */
            goal: string;
            /** @description Names it within its loop: starting it again by this key takes it over. */
            key?: string | null;
            /** @description How long a check-in is good for: `30s` where absent. */
            lease?: string | null;
            /** @description Name of its loop. */
            loop: string;
            /** @description Without a step for so long it counts as stuck: `5m` where absent. */
            stuck_after?: string | null;
        };
        /** @description An order to a run. */
        NewRunControl: {
            budget?: components["schemas"]["RunBudget"] | null;
            /** @description For a redirection: the new constraints. */
            constraints?: string[] | null;
            /** @description For a redirection: the new goal. */
            goal?: string | null;
            /** @description `pause`, `resume`, `stop`, `redirect` or `override`. */
            kind: string;
            /** @description Why. */
            reason: string;
            /** @description For an override: what counts as its result. */
            result?: Record<string, never> | null;
            /**
             * Format: int64
             * @description For an override: the number of the step.
             */
            step?: number | null;
        };
        /** @description A step to report. */
        NewRunStep: {
            /**
             * Format: double
             * @description What it cost.
             */
            cost?: number;
            /**
             * Format: int64
             * @description How long it took, in milliseconds.
             */
            elapsed_ms?: number | null;
            /** @description Whether it failed. */
            failed?: boolean;
            /** @description What went in. */
            input?: Record<string, never>;
            /** @description `plan`, `tool_call`, `observation` or `output`. */
            kind: string;
            /** @description The tool, or a short title. */
            name: string;
            /** @description What came out. */
            output?: Record<string, never>;
        };
        /** @description A standing permission to ask for. */
        NewStandingGrant: components["schemas"]["StandingTerms"] & {
            /** @description Why. */
            reason: string;
        };
        /** @description An endpoint to add. */
        NewWebhook: {
            /** @description The kinds it wants: `case.decided`, `case.cancelled`; none for all. */
            kinds?: string[];
            /** @description The loops it wants, by name; none for all. */
            loops?: string[];
            /** @description How much a message says. */
            payload?: components["schemas"]["WebhookPayload"];
            /**
             * @description Where messages go; `https`, and not an address inside, unless the server allows it.
             * @example https://example.org/tandem
             */
            url: string;
        };
        /**
         * @description When what happened is sent.
         * @enum {string}
         */
        NotificationBatching: "at_once" | "quarter_hour" | "daily";
        /** @description A way of telling members. */
        NotificationChannel: {
            /**
             * Format: int64
             * @description Messages that were given up and are kept.
             */
            dead: number;
            /** @description The newest messages; for orchestrators, auditors and admins. */
            deliveries: components["schemas"]["NotificationDelivery"][];
            /**
             * Format: date-time
             * @description When they began.
             */
            failing_since?: string | null;
            /**
             * Format: int64
             * @description Failures since the last success.
             */
            failures: number;
            /** @description How well it does. */
            health: components["schemas"]["NotificationHealth"];
            /** @description `app`, `email` or `slack`. */
            id: string;
            /** @description The same: the kind of channel. */
            kind: components["schemas"]["NotificationWay"];
            /** @description What the last failure said; for orchestrators, auditors and admins. */
            last_error?: string | null;
            /**
             * Format: date-time
             * @description The last success.
             */
            last_ok_at?: string | null;
            /** @description What it is called: where it goes. */
            name: string;
            /**
             * Format: int64
             * @description Messages that wait.
             */
            waiting: number;
        };
        /** @description A message of a way, and what became of it. Not whose it was. */
        NotificationDelivery: {
            /**
             * Format: int64
             * @description Attempts so far.
             */
            attempts: number;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description What the newest attempt met. */
            error?: string | null;
            /**
             * Format: date-time
             * @description When it was sent or given up.
             */
            finished_at?: string | null;
            /** @description `waiting`, `done` or `dead`. */
            state: components["schemas"]["DeliveryState"];
        };
        /** @description A page of what the member was told, newest first. */
        NotificationFeed: {
            /** @description What is on it. */
            items: components["schemas"]["NotificationItem"][];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How many are unread; 100 stands for 100 or more.
             */
            unread: number;
        };
        /**
         * @description How well a way does.
         * @enum {string}
         */
        NotificationHealth: "good" | "failing" | "off";
        /**
         * @description Something that the member was told. It says what the loop file says, and which case; never what
         *     is in the case.
         */
        NotificationItem: {
            /**
             * Format: date-time
             * @description When it was.
             */
            at: string;
            /** @description The case. */
            case?: string | null;
            /**
             * Format: date-time
             * @description When the case is due.
             */
            due?: string | null;
            /** @description Its id. */
            id: string;
            /** @description What it is about. */
            kind: components["schemas"]["NotificationKind"];
            /** @description The loop's name; null where it is about none. */
            loop?: string | null;
            /** @description What is watched, for alerts; the way, for channels. */
            on?: string | null;
            /** @description The queue. */
            queue?: string | null;
            /**
             * Format: date-time
             * @description When it was read; null while it is unread.
             */
            read_at?: string | null;
            /** @description What a wrong call may cost: `low`, `medium`, `high`. */
            risk?: string | null;
            /** @description The run. */
            run?: string | null;
            /** @description The loop's title. */
            title: string;
            /** @description The tool that is to be called, as the loop calls it. */
            tool?: string | null;
            /**
             * Format: int64
             * @description Cases that wait, for digests.
             */
            waiting?: number | null;
        };
        /**
         * @description What a notification is about.
         * @enum {string}
         */
        NotificationKind: "approval" | "escalated" | "deadline" | "overruled" | "message" | "alert" | "unconsumed" | "channel" | "digest";
        /** @description The secret of a link in a message: what stands behind `#`. */
        NotificationLink: {
            /** @description The secret. */
            token: string;
        };
        /** @description What a member wants to be told of. What is left out is as by default. */
        NotificationPreferences: {
            /** @description When messages are sent, for `email` and `slack`. */
            batching?: {
                [key: string]: components["schemas"]["NotificationBatching"];
            };
            /**
             * @description When daily messages are sent.
             * @default 08:00
             */
            daily_at: string;
            quiet?: components["schemas"]["QuietHours"] | null;
            /** @description The ways for each kind; an empty list for not at all. */
            ways?: {
                [key: string]: components["schemas"]["NotificationWay"][];
            };
            /**
             * @description The zone in which hours are read, a name of the IANA database.
             * @default UTC
             * @example Europe/Berlin
             */
            zone: string;
        };
        /** @description Where a link led. */
        NotificationTarget: {
            /** @description The case. */
            case: string;
        };
        /** @description What a test met. */
        NotificationTest: {
            /** @description Whether it was taken. */
            delivered: boolean;
            /** @description Why not. */
            error?: string | null;
            /**
             * Format: int64
             * @description How long it took, in milliseconds.
             */
            took_ms: number;
        };
        /**
         * @description How a member is told.
         * @enum {string}
         */
        NotificationWay: "app" | "email" | "slack";
        /** @description How many notifications became read. */
        NotificationsRead: {
            /**
             * Format: int64
             * @description How many.
             */
            count: number;
        };
        /**
         * @description Which notifications were read: one by `id`, everything up to one with `upto`, everything with
         *     neither.
         */
        NotificationsReadIn: {
            /** @description One. */
            id?: string | null;
            /** @description The newest that was read. */
            upto?: string | null;
        };
        /** @description Waiting tasks of one purpose. */
        OfPurpose: {
            /** @description `decide`, `arbitrate`, `audit` or `cross_check`. */
            purpose: string;
            /**
             * Format: int64
             * @description How many.
             */
            tasks: number;
        };
        /** @description A standing order that is asked for, or agreed to. */
        OrderIn: {
            /**
             * Format: date-time
             * @description When it ends; at most 90 days ahead.
             */
            expires_at: string;
            /**
             * Format: double
             * @description Largest share of cases that may become automatic under it.
             */
            max_coverage: number;
            /** @description Why. */
            reason: string;
        };
        /** @description What the world said later about a case. */
        Outcome: {
            /**
             * Format: date-time
             * @description When it was recorded.
             */
            at: string;
            /** @description What was said. */
            body: Record<string, never>;
            /** @description The case. */
            case: string;
            /** @description Its id. */
            id: string;
            /** @description Whether it counts without confirmation. */
            trusted: boolean;
        };
        /**
         * @description Who says what the world said.
         * @enum {string}
         */
        OutcomeSource: "user" | "system";
        /** @description Items of one page. */
        Page_Alert: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: double
                 * @description The bound, in the same unit.
                 */
                above?: number | null;
                /** @description The case, where it is about one. */
                case?: string | null;
                /**
                 * Format: date-time
                 * @description When it was over; null while it stands.
                 */
                cleared_at?: string | null;
                /** @description Its id; null for what gates raised. */
                id?: string | null;
                /** @description The loop. */
                loop: string;
                /**
                 * @description `oldest_wait`, `overdue`, `errors`, `unsealed` or `unwatched`; of gates, `unconsumed` or
                 *     `execution_unknown`.
                 */
                on: string;
                /** @description The queue, where it is about one. */
                queue?: string | null;
                /**
                 * Format: date-time
                 * @description When it was raised.
                 */
                raised_at: string;
                /**
                 * Format: double
                 * @description What was measured when it was raised: seconds for `oldest_wait`, `unsealed` and `unwatched`, a share for
                 *     `overdue` and `errors`.
                 */
                value?: number | null;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Batch: {
            /** @description What is on it. */
            items: {
                /** @description What was approved. */
                approved: components["schemas"]["BatchApproval"][];
                /**
                 * Format: date-time
                 * @description When.
                 */
                at: string;
                /** @description SHA-256, hex, over loop, tool and the cases with their digests. */
                digest: string;
                /** @description Its id. */
                id: string;
                /** @description What was not, and why. */
                left_out: components["schemas"]["BatchLeftOut"][];
                /** @description Name of the loop. */
                loop: string;
                /** @description Who signed. */
                member: string;
                /**
                 * Format: double
                 * @description The sum over what was approved, where one was bounded.
                 */
                sum?: number | null;
                /** @description The tool. */
                tool: string;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Case: {
            /** @description What is on it. */
            items: {
                /** @description Appeals, oldest first. Whoever decides one blind sees that one only. */
                appeals?: components["schemas"]["Appeal"][];
                /** @description What the agent tried already. */
                attempted?: string | null;
                /** @description What the links of the chain and the models that check said, in their order. */
                chain?: components["schemas"]["LinkTry"][];
                changes_wanted?: components["schemas"]["ChangesWanted"] | null;
                /**
                 * Format: date-time
                 * @description When it came in.
                 */
                created_at: string;
                /**
                 * Format: date-time
                 * @description When it is overdue.
                 */
                deadline?: string | null;
                decision?: components["schemas"]["Decision"] | null;
                /** @description All decisions, oldest first. */
                decisions: components["schemas"]["Decision"][];
                /** @description Group attributes; hidden from reviewers unless the loop uses them. */
                group?: {
                    [key: string]: string;
                } | null;
                /**
                 * @description Its id.
                 * @example case_01jd0000000000000000000000
                 */
                id: string;
                /** @description Whether it is imported history. */
                imported?: boolean;
                /** @description What came in. */
                input: Record<string, never>;
                interim?: components["schemas"]["Interim"] | null;
                /** @description Judgments: one's own, and for those who see everything all of them. */
                judgments: components["schemas"]["Judgment"][];
                /** @description The submitter's key. */
                key?: string | null;
                /** @description Its loop. */
                loop: string;
                /**
                 * Format: int32
                 * @description The version of the loop it came in under.
                 */
                loop_version: number;
                /** @description Whether the deadline passed without a decision. */
                overdue: boolean;
                /**
                 * Format: int32
                 * @description 0 to 9, 9 first.
                 */
                priority: number;
                /** @description How many judgments it needs and has. */
                progress: components["schemas"]["Progress"];
                proposal?: components["schemas"]["Proposal"] | null;
                /** @description All proposals, oldest first. */
                proposals: components["schemas"]["Proposal"][];
                /** @description Whether the person concerned asked for a person. */
                requested_human: boolean;
                route?: components["schemas"]["Route"] | null;
                /** @description The run it belongs to. */
                run?: string | null;
                /**
                 * @description Where it stands: `queued`, `claimed`, `waiting_for_proposal`, `held`, `decided`, `cancelled`
                 *     or `reopened`.
                 */
                status: string;
                /** @description Whose data this is. */
                subject?: string | null;
                /** @description Tags. */
                tags: string[];
                /** @description Tasks; hidden from reviewers and submitters. */
                tasks?: components["schemas"]["Task"][] | null;
                /** @description The conversation before the case came in. */
                transcript?: components["schemas"]["Utterance"][];
                /** @description Who has the turn in the live conversation. */
                turn: components["schemas"]["Turn"];
                /**
                 * Format: date-time
                 * @description When it changed last.
                 */
                updated_at: string;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Channel: {
            /** @description What is on it. */
            items: {
                broker?: components["schemas"]["BrokerAt"] | null;
                /**
                 * Format: date-time
                 * @description When it was made.
                 */
                created_at: string;
                desk?: components["schemas"]["DeskAt"] | null;
                /** @description Which way messages go. */
                direction: components["schemas"]["ChannelDirection"];
                /** @description How it is. */
                health: components["schemas"]["ChannelHealth"];
                /** @description Its id. */
                id: string;
                /**
                 * @description What it speaks: `nats`, `amqp`, `helpdesk`.
                 * @example nats
                 */
                kind: string;
                /** @description Outward: the kinds of messages it wants, as in `case.decided`; empty for all. */
                kinds: string[];
                /** @description Inward: the loop that its cases go to. */
                loop?: string | null;
                /** @description Outward: the loops it wants; empty for all. */
                loops: string[];
                /** @description What people call it. */
                name: string;
                /** @description Outward: how much a message says. */
                payload: components["schemas"]["WebhookPayload"];
                /** @description `active`, or `paused` by a person. */
                state: components["schemas"]["ChannelState"];
                /**
                 * Format: date-time
                 * @description When a person last changed it.
                 */
                updated_at: string;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_ChannelKind: {
            /** @description What is on it. */
            items: {
                /** @description Whether this build has it. */
                available: boolean;
                /** @description Which ways its channels go. */
                directions: components["schemas"]["ChannelDirection"][];
                /** @description How to get a build that has it; null where this one does. */
                enable?: string | null;
                /** @description As in `nats`. */
                kind: string;
                /** @description What it is, in words. */
                title: string;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_ChannelMessage: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: int64
                 * @description Attempts so far; inward, deliveries.
                 */
                attempts: number;
                /** @description Inward: the beginning of what it says, at most 2000 characters. */
                body?: string | null;
                /** @description Inward: the case it became when it was replayed. */
                case?: string | null;
                /** @description Stable code of what failed. */
                code?: string | null;
                /**
                 * Format: date-time
                 * @description When it was made, or came.
                 */
                created_at: string;
                /** @description What failed, in words. */
                error?: string | null;
                /**
                 * Format: date-time
                 * @description When it was delivered, given up or replayed.
                 */
                finished_at?: string | null;
                /** @description Its id: the same at every attempt. */
                id: string;
                /** @description What kind of message, as in `case.decided`; inward `case`. */
                kind: string;
                /**
                 * Format: date-time
                 * @description When it is tried next.
                 */
                next_attempt_at?: string | null;
                /** @description JSON pointer to the part of the message at fault. */
                path?: string | null;
                /** @description Inward: what its sender named it. */
                source?: string | null;
                /** @description `waiting`, `done` or `dead`. */
                state: components["schemas"]["DeliveryState"];
                /** @description Outward the case or loop it is about; inward its subject or routing key. */
                subject: string;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Comment: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: date-time
                 * @description When.
                 */
                at: string;
                /** @description The text. */
                body: string;
                /** @description Its id. */
                id: string;
                /** @description Who; null for a machine. */
                member?: string | null;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Delivery: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: int64
                 * @description Attempts so far.
                 */
                attempts: number;
                /**
                 * Format: date-time
                 * @description When it was made.
                 */
                created_at: string;
                /** @description Why the newest attempt failed. */
                error?: string | null;
                /**
                 * Format: date-time
                 * @description When it was delivered or given up.
                 */
                finished_at?: string | null;
                /** @description Its id: the header `webhook-id` of every attempt. */
                id: string;
                /**
                 * @description What kind of message.
                 * @example case.decided
                 */
                kind: string;
                /**
                 * Format: date-time
                 * @description When it is tried next, or when the attempt under way is given up.
                 */
                next_attempt_at?: string | null;
                /** @description The first bytes of the newest answer, at most 512. */
                response?: string | null;
                /** @description `waiting`, `done` or `dead`. */
                state: components["schemas"]["DeliveryState"];
                /**
                 * Format: int32
                 * @description The HTTP status of the newest attempt; null where there was no answer.
                 */
                status?: number | null;
                /** @description The case, or the endpoint itself for a test. */
                subject: string;
                /**
                 * Format: int64
                 * @description How long the newest attempt took, in milliseconds.
                 */
                took_ms?: number | null;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Entry: {
            /** @description What is on it. */
            items: {
                /** @description Its canonical JSON. */
                event: Record<string, never>;
                /**
                 * Format: int64
                 * @description Its index.
                 */
                index: number;
                /** @description The hash of its leaf, base64. */
                leaf: string;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_EvaluationCase: {
            /** @description What is on it. */
            items: {
                /** @description The case. */
                case: string;
                /** @description What came in. */
                input: Record<string, never>;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_EvaluationSet: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: date-time
                 * @description When it was frozen.
                 */
                created_at: string;
                /** @description SHA-256 over its cases and the commitments to their answers, hex; in the ledger, too. */
                digest: string;
                /** @description What people call it. */
                name: string;
                /**
                 * Format: int64
                 * @description 1, 2, 3, … within the loop.
                 */
                set: number;
                /**
                 * Format: int64
                 * @description Number of its cases.
                 */
                size: number;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Event: {
            /** @description What is on it. */
            items: {
                /** @description Who: `{kind: member|key|machine|timer, id?}`. */
                actor: Record<string, never>;
                /**
                 * Format: date-time
                 * @description When.
                 */
                at: string;
                /** @description The case. */
                case?: string | null;
                /** @description Details; left out for those who may only know that something happened. */
                data?: Record<string, never> | null;
                /** @description Its id. */
                id: string;
                /**
                 * Format: int64
                 * @description Its index in the ledger; null while it is unsealed.
                 */
                index?: number | null;
                /**
                 * @description What happened.
                 * @example decision.made
                 */
                kind: string;
                /** @description The loop. */
                loop?: string | null;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Halt: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: date-time
                 * @description When.
                 */
                at: string;
                /** @description Who set it last. */
                by?: string | null;
                /** @description Their name. */
                by_name?: string | null;
                /** @description The natural person behind who set it last; another one lifts it. */
                by_person?: string | null;
                /**
                 * Format: int64
                 * @description Counts every halt and resume.
                 */
                epoch: number;
                /** @description Whether gates stay shut. */
                halted: boolean;
                /** @description Name of the loop; null for the whole space. */
                loop?: string | null;
                /** @description Why. */
                reason: string;
                /** @description `*` for the whole space, or a loop's id. */
                scope: string;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Key: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: date-time
                 * @description When it was made.
                 */
                created_at: string;
                /**
                 * Format: date-time
                 * @description When it ends.
                 */
                expires_at?: string | null;
                /** @description Its id. */
                id: string;
                /**
                 * Format: date-time
                 * @description When it was last used, to half a minute.
                 */
                last_used_at?: string | null;
                /** @description Whose it is; null for a machine's. */
                member?: string | null;
                /** @description Its name. */
                name: string;
                /** @description The first characters of its secret. */
                prefix: string;
                /**
                 * Format: date-time
                 * @description When it was revoked.
                 */
                revoked_at?: string | null;
                /** @description Its roles. */
                roles: components["schemas"]["RoleGrant"][];
                /** @description What it is limited to; empty for no limit. */
                scopes: string[];
                /** @description The secret; only in the answer that made it. */
                secret?: string | null;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_LoopSummary: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: double
                 * @description Share of the cases that the machine decided.
                 */
                automatic_share?: number | null;
                /**
                 * Format: int64
                 * @description Cases that came in.
                 */
                cases: number;
                /** @description `full` or `selective`. */
                coverage: string;
                /**
                 * Format: date-time
                 * @description When it was made.
                 */
                created_at: string;
                /**
                 * Format: int64
                 * @description Cases with an effective decision.
                 */
                decided: number;
                /** @description Whether the policy holds anything. */
                enforce: boolean;
                /** @description `in_the_loop`, `on_the_loop` or `out_of_the_loop`. */
                mode: string;
                /** @description Its name. */
                name: string;
                /**
                 * Format: int64
                 * @description Cases that wait for people.
                 */
                open: number;
                /** @description Its title. */
                title: string;
                /**
                 * Format: int64
                 * @description The version in force.
                 */
                version: number;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Member: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: date-time
                 * @description When it was added.
                 */
                created_at: string;
                /**
                 * Format: date-time
                 * @description Since when it may not sign in.
                 */
                disabled_at?: string | null;
                /** @description Its e-mail address. */
                email: string;
                /** @description Its id. */
                id: string;
                /**
                 * Format: date-time
                 * @description Since when two admins agree which natural person's it is.
                 */
                identified_at?: string | null;
                /** @description Its name. */
                name: string;
                /** @description The natural person behind it. */
                person: string;
                /** @description Its roles. */
                roles: components["schemas"]["RoleGrant"][];
                /** @description A link that signs in once; only in the answer that made it. */
                signin_link?: string | null;
                /** @description What the person can do, as queues ask for it. */
                skills: string[];
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Model: {
            /** @description What is on it. */
            items: {
                compared?: components["schemas"]["ModelCompared"] | null;
                /**
                 * Format: date-time
                 * @description When it was registered.
                 */
                created_at: string;
                /**
                 * Format: int64
                 * @description How long training took.
                 */
                duration_ms: number;
                /** @description Its id. */
                id: string;
                /** @description What it is: the kind of learner, or `external` or `prompt`. */
                kind: string;
                /** @description Figures of its training here. */
                metrics: Record<string, never>;
                /** @description Name in proposals, as in `intent@7`. */
                name: string;
                note?: components["schemas"]["ModelNote"] | null;
                outside?: components["schemas"]["ModelIn"] | null;
                /** @description Why promotion would be refused now: `not_evaluated`. */
                refusal?: string | null;
                score?: components["schemas"]["ModelScore"] | null;
                shadow?: components["schemas"]["ModelShadow"] | null;
                /** @description `shadow`, `canary`, `live` or `retired`. */
                stage: string;
                /**
                 * Format: int64
                 * @description Examples it was trained on.
                 */
                trained_on: number;
                /**
                 * Format: int64
                 * @description Its version.
                 */
                version: number;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_NotificationChannel: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: int64
                 * @description Messages that were given up and are kept.
                 */
                dead: number;
                /** @description The newest messages; for orchestrators, auditors and admins. */
                deliveries: components["schemas"]["NotificationDelivery"][];
                /**
                 * Format: date-time
                 * @description When they began.
                 */
                failing_since?: string | null;
                /**
                 * Format: int64
                 * @description Failures since the last success.
                 */
                failures: number;
                /** @description How well it does. */
                health: components["schemas"]["NotificationHealth"];
                /** @description `app`, `email` or `slack`. */
                id: string;
                /** @description The same: the kind of channel. */
                kind: components["schemas"]["NotificationWay"];
                /** @description What the last failure said; for orchestrators, auditors and admins. */
                last_error?: string | null;
                /**
                 * Format: date-time
                 * @description The last success.
                 */
                last_ok_at?: string | null;
                /** @description What it is called: where it goes. */
                name: string;
                /**
                 * Format: int64
                 * @description Messages that wait.
                 */
                waiting: number;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Outcome: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: date-time
                 * @description When it was recorded.
                 */
                at: string;
                /** @description What was said. */
                body: Record<string, never>;
                /** @description The case. */
                case: string;
                /** @description Its id. */
                id: string;
                /** @description Whether it counts without confirmation. */
                trusted: boolean;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Passkey: {
            /** @description What is on it. */
            items: {
                /** @description `es256` or `ed25519`. */
                algorithm: string;
                /**
                 * Format: date-time
                 * @description When it was registered.
                 */
                created_at: string;
                /** @description Its id. */
                id: string;
                /**
                 * Format: date-time
                 * @description When it signed last.
                 */
                last_used_at?: string | null;
                /** @description What its owner calls it. */
                name: string;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_PersonChange: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: date-time
                 * @description When.
                 */
                asked_at: string;
                /** @description The admin who asked. */
                asked_by: string;
                /** @description Its id. */
                id: string;
                /** @description For `merge`: the other account. */
                into?: string | null;
                /** @description What changes. */
                kind: components["schemas"]["PersonChangeKind"];
                /** @description The account. */
                member: string;
                /** @description Why. */
                reason: string;
                /** @description The admin who confirmed or declined. */
                settled_by?: string | null;
                /** @description `asked`, `confirmed` or `declined`. */
                state: string;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Queue: {
            /** @description What is on it. */
            items: {
                /** @description Waiting tasks by purpose; only for orchestrators, auditors and admins. */
                by_purpose?: components["schemas"]["OfPurpose"][] | null;
                capacity?: components["schemas"]["QueueCapacity"] | null;
                /**
                 * Format: int64
                 * @description Open tasks without a free seat.
                 */
                claimed: number;
                /**
                 * Format: int64
                 * @description Seconds until nothing waits at that pace, if nothing comes in.
                 */
                empty_in_s?: number | null;
                /** @description The loop. */
                loop: string;
                /**
                 * Format: date-time
                 * @description Since when the oldest waits.
                 */
                oldest_at?: string | null;
                /**
                 * Format: int64
                 * @description Those of them whose deadline has passed.
                 */
                overdue: number;
                paused?: components["schemas"]["QueuePause"] | null;
                /**
                 * Format: double
                 * @description Judgments an hour, measured over the last hour; null where too few were made to say.
                 */
                per_hour?: number | null;
                /** @description The queue. */
                queue: string;
                /**
                 * Format: int64
                 * @description Tasks with a free seat.
                 */
                waiting: number;
                /**
                 * Format: int64
                 * @description Waiting tasks whose case has a deadline.
                 */
                with_deadline: number;
                /**
                 * Format: double
                 * @description Share of waiting tasks with a deadline that are not overdue, 0 to 1; null where none has one.
                 */
                within_deadline?: number | null;
                /**
                 * Format: int64
                 * @description People who judged here in the last ten minutes, or hold a seat.
                 */
                working: number;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Run: {
            /** @description What is on it. */
            items: {
                /** @description Its name. */
                agent: string;
                /** @description Alerts: `{kind, at, detail, cleared?}`. */
                alerts: Record<string, never>[];
                /** @description What it may use. */
                budget: components["schemas"]["RunBudget"];
                /**
                 * Format: date-time
                 * @description When.
                 */
                created_at: string;
                /**
                 * Format: date-time
                 * @description When it ended.
                 */
                ended_at?: string | null;
                /**
                 * Format: int64
                 * @description The newest control.
                 */
                epoch: number;
                /** @description Its id. */
                id: string;
                /** @description What it is to do now: `{version, goal, constraints, epoch}`. */
                instruction: Record<string, never>;
                /** @description Its key. */
                key?: string | null;
                last_step?: components["schemas"]["RunStep"] | null;
                /**
                 * Format: date-time
                 * @description Until when it counts as alive.
                 */
                lease_until?: string | null;
                /** @description Its loop. */
                loop: string;
                /**
                 * Format: int64
                 * @description The newest control that it acknowledged.
                 */
                obeyed: number;
                /**
                 * Format: int64
                 * @description Its cases that nobody has decided.
                 */
                open_gates: number;
                /** @description Controls that it has not acknowledged, oldest first. */
                pending: components["schemas"]["RunControl"][];
                /**
                 * Format: date-time
                 * @description Its last sign of life.
                 */
                seen_at: string;
                /** @description The key or member that started it. */
                started_by: string;
                /** @description Where it stands: running, pausing, paused, stopping, stopped, finished, failed or lost. */
                state: string;
                /** @description What it said when it ended. */
                summary?: string | null;
                /** @description What it used. */
                used: components["schemas"]["RunUsed"];
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_RunControl: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: date-time
                 * @description When the agent said that it obeyed.
                 */
                acknowledged_at?: string | null;
                /**
                 * Format: date-time
                 * @description When.
                 */
                at: string;
                budget?: components["schemas"]["RunBudget"] | null;
                /** @description Who: the id of a member or key, or `machine`. */
                by: string;
                /**
                 * Format: int64
                 * @description Its number: the epoch it began.
                 */
                epoch: number;
                /** @description For a redirection: the instruction in force from then on. */
                instruction?: Record<string, never> | null;
                /** @description Its kind. */
                kind: string;
                /** @description Why. */
                reason: string;
                /** @description For a redirection: the instruction that it replaced. */
                replaced?: Record<string, never> | null;
                /** @description For an override: what counts as its result. */
                result?: Record<string, never> | null;
                /**
                 * Format: int64
                 * @description For an override: the number of the step.
                 */
                step?: number | null;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_RunStep: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: date-time
                 * @description When it was accepted.
                 */
                at: string;
                /**
                 * Format: double
                 * @description What it cost.
                 */
                cost: number;
                /**
                 * Format: int64
                 * @description How long it took, in milliseconds.
                 */
                elapsed_ms?: number | null;
                /**
                 * Format: int64
                 * @description The epoch the agent had obeyed then.
                 */
                epoch: number;
                /** @description Whether it failed. */
                failed: boolean;
                /** @description What went in. */
                input: Record<string, never>;
                /** @description Its kind. */
                kind: string;
                /**
                 * Format: int64
                 * @description Its number, from 1.
                 */
                n: number;
                /** @description The tool, or a short title. */
                name: string;
                /** @description What came out. */
                output: Record<string, never>;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Seats: {
            /** @description What is on it. */
            items: {
                /** @description The loop. */
                loop: string;
                /** @description Who. */
                member: string;
                /** @description Their name. */
                name: string;
                /**
                 * Format: int64
                 * @description How many.
                 */
                seats: number;
                /**
                 * Format: date-time
                 * @description Since when they hold the oldest.
                 */
                since: string;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_StandingGrant: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: date-time
                 * @description When.
                 */
                asked_at: string;
                /** @description Who asked. */
                asked_by?: string | null;
                /** @description SHA-256, hex, of what is signed: whoever signs sends it. */
                digest: string;
                ended?: components["schemas"]["StandingEnd"] | null;
                /** @description Its id. */
                id: string;
                /** @description Name of the loop. */
                loop: string;
                /**
                 * Format: int32
                 * @description Distinct natural persons who must sign.
                 */
                needed: number;
                /** @description Why it was asked for. */
                reason: string;
                /** @description Who signed. */
                signatures: components["schemas"]["StandingSignature"][];
                /** @description `asked`, `active`, `revoked`, `expired` or `spent`. */
                state: string;
                /** @description Whether a halt keeps it from deciding anything now. */
                suspended: boolean;
                /** @description What it covers. */
                terms: components["schemas"]["StandingTerms"];
                /**
                 * Format: int64
                 * @description Calls it covered.
                 */
                used: number;
                /**
                 * Format: double
                 * @description The sum over them.
                 */
                used_sum: number;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_StandingGrantUse: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: double
                 * @description What it added to the sum.
                 */
                amount?: number | null;
                /**
                 * Format: date-time
                 * @description When.
                 */
                at: string;
                /** @description The case. */
                case: string;
                /** @description Digest of the decision. */
                digest: string;
                /**
                 * Format: int64
                 * @description Its number, from 1.
                 */
                n: number;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description Items of one page. */
        Page_Webhook: {
            /** @description What is on it. */
            items: {
                /**
                 * Format: date-time
                 * @description When it was made.
                 */
                created_at: string;
                /**
                 * Format: date-time
                 * @description When they began.
                 */
                failing_since?: string | null;
                /**
                 * Format: int64
                 * @description Failures since the last success.
                 */
                failures: number;
                /** @description Its id. */
                id: string;
                /** @description The kinds it wants, as in `case.decided`; empty for all. */
                kinds: string[];
                /** @description The loops it wants, by name; empty for all. */
                loops: string[];
                /**
                 * Format: date-time
                 * @description While it fails: when the next message is tried.
                 */
                next_probe_at?: string | null;
                /**
                 * Format: date-time
                 * @description Until when the secret before signs as well.
                 */
                old_secret_until?: string | null;
                /** @description `thin` or `full`. */
                payload: components["schemas"]["WebhookPayload"];
                /** @description The secret that signs, `whsec_…`; only in the answer that made it. */
                secret?: string | null;
                /** @description `active`, `paused` by a person, or `disabled` by the server. */
                state: components["schemas"]["WebhookState"];
                /**
                 * Format: date-time
                 * @description When a person last changed it.
                 */
                updated_at: string;
                /** @description Where messages go. */
                url: string;
                /** @description Why the server disabled it. */
                why?: string | null;
            }[];
            /** @description What to send as `cursor` for the next page; null at the end. */
            next_cursor?: string | null;
        };
        /** @description A passkey. */
        Passkey: {
            /** @description `es256` or `ed25519`. */
            algorithm: string;
            /**
             * Format: date-time
             * @description When it was registered.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /**
             * Format: date-time
             * @description When it signed last.
             */
            last_used_at?: string | null;
            /** @description What its owner calls it. */
            name: string;
        };
        /** @description What a browser asks an authenticator for. */
        PasskeyChallenge: {
            /** @description What is signed. */
            challenge: string;
            /** @description Ids of one's own credentials. */
            credentials: string[];
            /**
             * Format: date-time
             * @description When it ends.
             */
            expires_at: string;
            /** @description A number used once, to send back. */
            nonce: string;
            /** @description The only origin on which it can be signed. */
            origin: string;
            /** @description The relying party's id: the host that passkeys are bound to. */
            rp_id: string;
        };
        /**
         * @description Whether deadlines go on while a queue is paused.
         * @enum {string}
         */
        PauseClock: "runs" | "stops";
        /** @description Which queue to pause, and why. */
        PauseIn: {
            /** @description Whether deadlines go on: `runs` (default) or `stops`. */
            clock?: components["schemas"]["PauseClock"];
            /** @description The loop. */
            loop: string;
            /** @description The queue. */
            queue: string;
            /** @description Why. */
            reason: string;
        };
        /** @description A change of who is which natural person. */
        PersonChange: {
            /**
             * Format: date-time
             * @description When.
             */
            asked_at: string;
            /** @description The admin who asked. */
            asked_by: string;
            /** @description Its id. */
            id: string;
            /** @description For `merge`: the other account. */
            into?: string | null;
            /** @description What changes. */
            kind: components["schemas"]["PersonChangeKind"];
            /** @description The account. */
            member: string;
            /** @description Why. */
            reason: string;
            /** @description The admin who confirmed or declined. */
            settled_by?: string | null;
            /** @description `asked`, `confirmed` or `declined`. */
            state: string;
        };
        /**
         * @description What changes.
         * @enum {string}
         */
        PersonChangeKind: "merge" | "split" | "identify";
        /** @description What a model says about one case. */
        PredictionIn: {
            /** @description The case. */
            case: string;
            /** @description The answer. */
            output: Record<string, never>;
            /** @description Probabilities of the options by field. */
            probabilities?: {
                [key: string]: {
                    [key: string]: number;
                };
            };
        };
        /** @description How urgent a case is, and why. */
        PriorityIn: {
            /**
             * Format: int32
             * @description 0 to 9, 9 first.
             */
            priority: number;
            /** @description Why; kept as a comment. */
            reason: string;
        };
        /** @description An error (RFC 9457, `application/problem+json`). */
        Problem: {
            /**
             * @description Stable code.
             * @example invalid_input
             */
            code: string;
            /** @description What is wrong and how to mend it. */
            detail: string;
            /** @description JSON pointer to the part of the input at fault; `?name` for a query parameter. */
            path?: string | null;
            /** @description For files with several faults: each with its place. */
            problems?: components["schemas"]["Fault"][];
            /** @description The resource that is there already. */
            resource?: string | null;
            /**
             * Format: int32
             * @description Seconds to wait before the next try.
             */
            retry_after_s?: number | null;
            run?: components["schemas"]["RunStanding"] | null;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The status in words. */
            title: string;
            /**
             * @description Always `about:blank`: the code says what kind it is.
             * @example about:blank
             */
            type: string;
        };
        /** @description How far the deciding task is. */
        Progress: {
            /**
             * Format: int32
             * @description Judgments that count.
             */
            have: number;
            /**
             * Format: int32
             * @description Seats that are held.
             */
            held: number;
            /**
             * Format: int32
             * @description Judgments wanted.
             */
            needed: number;
        };
        /** @description Why a model is moved. */
        PromoteIn: {
            /** @description Promote although it has no score on the frozen evaluation set: for admins, with a reason. */
            force?: boolean;
            /** @description Why; kept with the model, and committed to in the ledger. */
            reason?: string;
        };
        /** @description A version of a prompt. */
        PromptIn: {
            /** @description Model, temperature and the like. */
            parameters?: Record<string, never>;
            /** @description The template. */
            template: string;
        };
        /** @description A proposal. */
        Proposal: {
            /**
             * Format: date-time
             * @description When it came.
             */
            at: string;
            /** @description Confidence by field; the empty name for the whole. */
            confidence: {
                [key: string]: number;
            };
            /** @description For calls of tools: SHA-256, hex, over the bytes that are shown; whoever approves sends it. */
            digest?: string | null;
            /** @description Evidence. */
            evidence: Record<string, never>[];
            /** @description Its id. */
            id: string;
            /** @description Model and version. */
            model?: string | null;
            /** @description The suggested answer. */
            output: Record<string, never>;
            /** @description Probabilities of the options by field. */
            probabilities: {
                [key: string]: {
                    [key: string]: number;
                };
            };
            /** @description Whether it is only recorded beside the live one. */
            shadow: boolean;
        };
        /** @description A loop that was kept. */
        PutLoop: {
            /** @description The loop. */
            loop: components["schemas"]["Loop"];
        };
        /** @description Quality of the reviewers. */
        QualityStats: {
            /** @description One a reviewer. */
            members: components["schemas"]["MemberQuality"][];
        };
        /** @description A queue of a loop: what waits in it, and how it goes. */
        Queue: {
            /** @description Waiting tasks by purpose; only for orchestrators, auditors and admins. */
            by_purpose?: components["schemas"]["OfPurpose"][] | null;
            capacity?: components["schemas"]["QueueCapacity"] | null;
            /**
             * Format: int64
             * @description Open tasks without a free seat.
             */
            claimed: number;
            /**
             * Format: int64
             * @description Seconds until nothing waits at that pace, if nothing comes in.
             */
            empty_in_s?: number | null;
            /** @description The loop. */
            loop: string;
            /**
             * Format: date-time
             * @description Since when the oldest waits.
             */
            oldest_at?: string | null;
            /**
             * Format: int64
             * @description Those of them whose deadline has passed.
             */
            overdue: number;
            paused?: components["schemas"]["QueuePause"] | null;
            /**
             * Format: double
             * @description Judgments an hour, measured over the last hour; null where too few were made to say.
             */
            per_hour?: number | null;
            /** @description The queue. */
            queue: string;
            /**
             * Format: int64
             * @description Tasks with a free seat.
             */
            waiting: number;
            /**
             * Format: int64
             * @description Waiting tasks whose case has a deadline.
             */
            with_deadline: number;
            /**
             * Format: double
             * @description Share of waiting tasks with a deadline that are not overdue, 0 to 1; null where none has one.
             */
            within_deadline?: number | null;
            /**
             * Format: int64
             * @description People who judged here in the last ten minutes, or hold a seat.
             */
            working: number;
        };
        /** @description What people can look at in a queue, and whether that is enough. */
        QueueCapacity: {
            /**
             * Format: double
             * @description The bound of it.
             */
            bound_s: number;
            /** @description What gives way now: `exploration`, `second_looks`, `audits`, `low_value`. */
            gives_way: string[];
            /**
             * Format: double
             * @description Seconds that a look costs; null where nothing says.
             */
            look_s?: number | null;
            /**
             * Format: int64
             * @description Looks that wait: free seats.
             */
            looks: number;
            /**
             * Format: double
             * @description Looks in an hour that people work; null where nothing says.
             */
            looks_per_hour?: number | null;
            /** @description What would give way next, first to last. */
            next: string[];
            /**
             * Format: date-time
             * @description Since when more waits than people can look at; null where they keep up.
             */
            overloaded_at?: string | null;
            /** @description `said` in the loop file, or `measured`. */
            source: string;
            /**
             * Format: double
             * @description Seconds that what waits last may be expected to wait, in time that people work.
             */
            wait_s?: number | null;
        };
        /** @description One queue. */
        QueueLine: {
            /**
             * Format: date-time
             * @description When the oldest that can be claimed was made.
             */
            oldest_at?: string | null;
            /**
             * Format: int64
             * @description Its open tasks.
             */
            open: number;
            /** @description Its name. */
            queue: string;
        };
        /** @description That a queue is paused. */
        QueuePause: {
            /** @description Who paused it; null for a machine. */
            by?: string | null;
            /** @description Their name. */
            by_name?: string | null;
            /** @description `runs` where deadlines go on, `stops` where the time does not count. */
            clock: string;
            /** @description Why. */
            reason: string;
            /**
             * Format: date-time
             * @description Since when.
             */
            since: string;
        };
        /** @description What waits. */
        QueueStats: {
            /**
             * Format: int64
             * @description Cases all of whose seats are taken.
             */
            claimed: number;
            /**
             * Format: int64
             * @description Cases that are decided.
             */
            decided: number;
            /**
             * Format: int64
             * @description Cases whose decision is not effective yet.
             */
            held: number;
            /**
             * Format: date-time
             * @description When the oldest task that can be claimed was made.
             */
            oldest_at?: string | null;
            /**
             * Format: int64
             * @description Open tasks, audits among them.
             */
            open_tasks: number;
            /** @description By queue. */
            per_queue: components["schemas"]["QueueLine"][];
            /**
             * Format: int64
             * @description Cases with a free seat.
             */
            waiting: number;
        };
        /** @description A part of the day in which nothing is sent outside the app. */
        QuietHours: {
            /**
             * @description When it begins.
             * @example 22:00
             */
            from: string;
            /**
             * @description When it ends; before `from` it ends on the next day.
             * @example 07:00
             */
            to: string;
        };
        /** @description A proposal that is signed. */
        Raise: {
            /**
             * Format: int32
             * @description The epoch of the proposal.
             */
            epoch: number;
            /** @description The group; empty without groups. */
            group?: string;
            /** @description Its level. */
            level: number;
            /** @description Why. */
            reason: string;
        };
        /** @description A model trained on a random part of the labelled rows, to compare the queue's choice with. */
        RandomSlice: {
            /** @description Accuracy on the held-out rows. */
            accuracy: components["schemas"]["Share"];
            /**
             * Format: int64
             * @description Rows trained on.
             */
            trained_on: number;
        };
        /** @description A reason of a route. */
        Reason: {
            /**
             * @description Its code.
             * @example low_confidence
             */
            code: string;
            /** @description Name of the rule or guardrail. */
            name?: string | null;
            /**
             * Format: double
             * @description What it was compared with.
             */
            threshold?: number | null;
            /**
             * Format: double
             * @description The number that was compared.
             */
            value?: number | null;
            /** @description More of it in words: what failed and where. */
            why?: string | null;
        };
        /** @description Whose claims to free, and why. */
        ReleaseIn: {
            /** @description Only in this loop; in all where one may, when absent. */
            loop?: string | null;
            /** @description The member. */
            member: string;
            /** @description Why. */
            reason: string;
        };
        /** @description How many claims were freed. */
        Released: {
            /**
             * Format: int64
             * @description How many.
             */
            released: number;
        };
        /** @description A renewed lease. */
        Renewed: {
            /**
             * Format: date-time
             * @description When the lease ends now.
             */
            expires_at: string;
            /**
             * Format: int64
             * @description The token from now on.
             */
            token: number;
        };
        /** @description What to send again: one message by `id`, or all since a time. */
        ReplayIn: {
            /** @description The message. */
            id?: string | null;
            /** @description With `since`: only those that were given up. */
            only_dead?: boolean;
            /**
             * Format: date-time
             * @description Messages made at this time or later.
             */
            since?: string | null;
        };
        /** @description How many messages are sent again. */
        Replayed: {
            /**
             * Format: int64
             * @description How many.
             */
            count: number;
        };
        /** @description Which queue to resume, and why. */
        ResumeIn: {
            /** @description The loop. */
            loop: string;
            /** @description The queue. */
            queue: string;
            /** @description Why. */
            reason: string;
        };
        /** @description A role in one loop or in all. */
        RoleGrant: {
            /**
             * @description Name of the loop, or `*` for every loop.
             * @example *
             */
            loop: string;
            /** @description The role. */
            role: components["schemas"]["RoleName"];
        };
        /**
         * @description What somebody may do.
         * @enum {string}
         */
        RoleName: "submitter" | "reviewer" | "arbiter" | "orchestrator" | "auditor" | "admin";
        /** @description How the secret is changed. */
        Rotation: {
            /**
             * Format: int32
             * @description For how many seconds the secret before signs as well, 0 to a week; a day if left out.
             * @default 86400
             */
            overlap_s: number;
        };
        /** @description Where a case was sent. */
        Route: {
            /** @description Whether it is audited. */
            audit?: boolean | null;
            /**
             * Format: double
             * @description The draw that was compared with it.
             */
            draw?: number | null;
            /**
             * Format: int32
             * @description Epoch of the loop's autonomy.
             */
            epoch: number;
            /** @description What the policy knew. */
            facts?: Record<string, never> | null;
            /**
             * Format: int32
             * @description Version of the loop.
             */
            loop_version: number;
            /** @description `in_the_loop`, `on_the_loop` or `out_of_the_loop`. */
            mode: string;
            /**
             * Format: double
             * @description Probability of an audit, where chance had a say.
             */
            propensity?: number | null;
            /** @description The queue, for reviews. */
            queue: string;
            /** @description Why, most important first. */
            reasons: components["schemas"]["Reason"][];
            /**
             * Format: int32
             * @description Seats, for reviews.
             */
            reviewers: number;
            /** @description `auto`, `review` or `block`. */
            to: string;
            /** @description With `enforce: false`: what the policy would have done. */
            would_be?: string | null;
        };
        /** @description What a decision on an appeal says of the contested one. */
        Ruling: {
            /**
             * Format: int32
             * @description The appeal, by number.
             */
            appeal: number;
            /** @description The contested decision. */
            contested: string;
            /** @description `upheld` or `overturned`. */
            outcome: string;
        };
        /** @description A run. */
        Run: {
            /** @description Its name. */
            agent: string;
            /** @description Alerts: `{kind, at, detail, cleared?}`. */
            alerts: Record<string, never>[];
            /** @description What it may use. */
            budget: components["schemas"]["RunBudget"];
            /**
             * Format: date-time
             * @description When.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it ended.
             */
            ended_at?: string | null;
            /**
             * Format: int64
             * @description The newest control.
             */
            epoch: number;
            /** @description Its id. */
            id: string;
            /** @description What it is to do now: `{version, goal, constraints, epoch}`. */
            instruction: Record<string, never>;
            /** @description Its key. */
            key?: string | null;
            last_step?: components["schemas"]["RunStep"] | null;
            /**
             * Format: date-time
             * @description Until when it counts as alive.
             */
            lease_until?: string | null;
            /** @description Its loop. */
            loop: string;
            /**
             * Format: int64
             * @description The newest control that it acknowledged.
             */
            obeyed: number;
            /**
             * Format: int64
             * @description Its cases that nobody has decided.
             */
            open_gates: number;
            /** @description Controls that it has not acknowledged, oldest first. */
            pending: components["schemas"]["RunControl"][];
            /**
             * Format: date-time
             * @description Its last sign of life.
             */
            seen_at: string;
            /** @description The key or member that started it. */
            started_by: string;
            /** @description Where it stands: running, pausing, paused, stopping, stopped, finished, failed or lost. */
            state: string;
            /** @description What it said when it ended. */
            summary?: string | null;
            /** @description What it used. */
            used: components["schemas"]["RunUsed"];
        };
        /** @description Who started runs. */
        RunAgent: {
            /** @description The id of the key or member. */
            id: string;
            /**
             * Format: int64
             * @description Its runs that have not ended.
             */
            live: number;
            /** @description Its name. */
            name: string;
        };
        /** @description How much a run may use. Absent parts are without limit. */
        RunBudget: {
            /**
             * Format: double
             * @description Cost, in whatever unit the steps report.
             */
            cost?: number | null;
            /**
             * Format: int64
             * @description Steps.
             */
            steps?: number | null;
            /** @description At the end: `pause` or `stop`. */
            then?: string;
            /** @description Time during which it is neither paused nor lost: `10m`, `2h`. */
            time?: string | null;
        };
        /** @description An order as it was recorded. */
        RunControl: {
            /**
             * Format: date-time
             * @description When the agent said that it obeyed.
             */
            acknowledged_at?: string | null;
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            budget?: components["schemas"]["RunBudget"] | null;
            /** @description Who: the id of a member or key, or `machine`. */
            by: string;
            /**
             * Format: int64
             * @description Its number: the epoch it began.
             */
            epoch: number;
            /** @description For a redirection: the instruction in force from then on. */
            instruction?: Record<string, never> | null;
            /** @description Its kind. */
            kind: string;
            /** @description Why. */
            reason: string;
            /** @description For a redirection: the instruction that it replaced. */
            replaced?: Record<string, never> | null;
            /** @description For an override: what counts as its result. */
            result?: Record<string, never> | null;
            /**
             * Format: int64
             * @description For an override: the number of the step.
             */
            step?: number | null;
        };
        /** @description The end of a run. */
        RunEnd: {
            /**
             * Format: int64
             * @description The newest control that was obeyed; 0 before the first.
             */
            epoch?: number;
            /** @description Whether it ended with an error. */
            failed?: boolean;
            /** @description What there is to say about it. */
            summary?: string | null;
        };
        /** @description Runs in numbers. */
        RunFleet: {
            /** @description Who started runs that have not ended. */
            agents: components["schemas"]["RunAgent"][];
            /** @description On how many runs that have not ended each alert stands. */
            alerts: {
                [key: string]: number;
            };
            /** @description Gates of runs that have not ended, by loop; loops without any are left out. */
            gates: components["schemas"]["RunLoopGates"][];
            /** @description Halts that are in force, that of everything first. */
            halts: components["schemas"]["RunHalt"][];
            /** @description How many runs are in each state. */
            states: {
                [key: string]: number;
            };
        };
        /** @description A halt that keeps the gates of a run shut. */
        RunHalt: {
            /**
             * Format: date-time
             * @description Since when.
             */
            at: string;
            /** @description Why. */
            reason: string;
            /** @description `*` where everything is halted, or the name of the loop that is. */
            scope: string;
        };
        /** @description A sign of life. */
        RunHeartbeat: {
            /**
             * Format: int64
             * @description The newest control that was obeyed; 0 before the first.
             */
            epoch?: number;
        };
        /** @description Gates of runs that stand in a loop. */
        RunLoopGates: {
            /**
             * Format: int64
             * @description Gates that were approved and have not given their grant.
             */
            approved: number;
            /** @description The loop. */
            loop: string;
            /**
             * Format: int64
             * @description Gates that nobody has decided.
             */
            open: number;
        };
        /** @description Steps to report, all or none. */
        RunReport: {
            /**
             * Format: int64
             * @description The newest control that was obeyed; 0 before the first.
             */
            epoch?: number;
            /** @description 1 to 100 of them. */
            steps: components["schemas"]["NewRunStep"][];
        };
        /** @description Where a run stands, and the orders that wait: the answer to a check-in, and part of a refusal. */
        RunStanding: {
            /** @description Controls that it has not acknowledged, oldest first. */
            controls: components["schemas"]["RunControl"][];
            /**
             * Format: int64
             * @description The newest control.
             */
            epoch: number;
            halt?: components["schemas"]["RunHalt"] | null;
            /** @description The run. */
            id: string;
            /** @description What it is to do now; left out of refusals. */
            instruction?: Record<string, never> | null;
            /**
             * Format: date-time
             * @description Until when it counts as alive.
             */
            lease_until?: string | null;
            /**
             * Format: int64
             * @description The newest control that it acknowledged.
             */
            obeyed: number;
            /** @description Where it stands. */
            state: string;
        };
        /** @description A step as it was recorded. */
        RunStep: {
            /**
             * Format: date-time
             * @description When it was accepted.
             */
            at: string;
            /**
             * Format: double
             * @description What it cost.
             */
            cost: number;
            /**
             * Format: int64
             * @description How long it took, in milliseconds.
             */
            elapsed_ms?: number | null;
            /**
             * Format: int64
             * @description The epoch the agent had obeyed then.
             */
            epoch: number;
            /** @description Whether it failed. */
            failed: boolean;
            /** @description What went in. */
            input: Record<string, never>;
            /** @description Its kind. */
            kind: string;
            /**
             * Format: int64
             * @description Its number, from 1.
             */
            n: number;
            /** @description The tool, or a short title. */
            name: string;
            /** @description What came out. */
            output: Record<string, never>;
        };
        /** @description What a run used so far. */
        RunUsed: {
            /**
             * Format: double
             * @description Cost.
             */
            cost: number;
            /**
             * Format: int64
             * @description Steps that failed.
             */
            failed: number;
            /**
             * Format: double
             * @description The largest share of any part of its budget.
             */
            share: number;
            /**
             * Format: int64
             * @description Steps.
             */
            steps: number;
            /**
             * Format: double
             * @description Seconds during which it was neither paused nor lost.
             */
            time_s: number;
        };
        /** @description An order to many runs. */
        RunsControl: {
            /** @description `pause`, `resume` or `stop`. */
            kind: string;
            /** @description Only this loop's; every run of the space where absent. */
            loop?: string | null;
            /** @description Why. */
            reason: string;
            /** @description Only runs in these states. */
            states?: string[];
        };
        /** @description Seats that a member holds in a loop. */
        Seats: {
            /** @description The loop. */
            loop: string;
            /** @description Who. */
            member: string;
            /** @description Their name. */
            name: string;
            /**
             * Format: int64
             * @description How many.
             */
            seats: number;
            /**
             * Format: date-time
             * @description Since when they hold the oldest.
             */
            since: string;
        };
        /** @description What is selected, in code points. */
        Selection: {
            /** @description Where it begins. */
            from: number;
            /** @description Where it ends. */
            to: number;
        };
        /** @description A session. */
        Session: {
            /** @description What requests that change something must repeat in `X-CSRF-Token`; null for keys. */
            csrf?: string | null;
            /** @description Whether checkpoints of the ledger are kept outside. */
            ledger_anchored: boolean;
            member?: components["schemas"]["Who"] | null;
            /** @description Roles. */
            roles: components["schemas"]["RoleGrant"][];
            /** @description The space. */
            space: string;
        };
        /** @description A share with its interval. */
        Share: {
            /**
             * Format: double
             * @description The share itself.
             */
            estimate: number;
            /**
             * Format: double
             * @description Lower end (Wilson, 95 %).
             */
            lower: number;
            /**
             * Format: int64
             * @description Rows it is of.
             */
            n: number;
            /**
             * Format: double
             * @description Upper end (Wilson, 95 %).
             */
            upper: number;
        };
        /** @description What is to be signed off. */
        SignOff: {
            /** @description The answer, for `modify` and `answer`. */
            answer?: Record<string, never> | null;
            /** @description The `digest` of the proposal that was shown. */
            seen: string;
            /** @description The verdict. */
            verdict: components["schemas"]["VerdictName"];
        };
        /** @description The account of the chat that is the member's. */
        SlackAccount: {
            /** @description Its member ID; null where none is tied. */
            account?: string | null;
        };
        /** @description An account of the chat. */
        SlackAccountIn: {
            /**
             * @description Its member ID.
             * @example U024BE7LH
             */
            account: string;
        };
        /**
         * @description Who speaks.
         * @enum {string}
         */
        Speaker: "agent" | "person" | "subject" | "note";
        /** @description Why a standing permission is over. */
        StandingEnd: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description Who revoked it; null where its time or its caps ended it. */
            by?: string | null;
            /** @description Why. */
            reason: string;
        };
        /** @description A standing permission: calls of a tool that persons allowed beforehand. */
        StandingGrant: {
            /**
             * Format: date-time
             * @description When.
             */
            asked_at: string;
            /** @description Who asked. */
            asked_by?: string | null;
            /** @description SHA-256, hex, of what is signed: whoever signs sends it. */
            digest: string;
            ended?: components["schemas"]["StandingEnd"] | null;
            /** @description Its id. */
            id: string;
            /** @description Name of the loop. */
            loop: string;
            /**
             * Format: int32
             * @description Distinct natural persons who must sign.
             */
            needed: number;
            /** @description Why it was asked for. */
            reason: string;
            /** @description Who signed. */
            signatures: components["schemas"]["StandingSignature"][];
            /** @description `asked`, `active`, `revoked`, `expired` or `spent`. */
            state: string;
            /** @description Whether a halt keeps it from deciding anything now. */
            suspended: boolean;
            /** @description What it covers. */
            terms: components["schemas"]["StandingTerms"];
            /**
             * Format: int64
             * @description Calls it covered.
             */
            used: number;
            /**
             * Format: double
             * @description The sum over them.
             */
            used_sum: number;
        };
        /** @description Why a standing permission is taken back. */
        StandingGrantRevocation: {
            /** @description Why. */
            reason: string;
        };
        /** @description What was shown of a standing permission. */
        StandingGrantShown: {
            /** @description Its digest. */
            digest: string;
        };
        /** @description A call that a standing permission covered. */
        StandingGrantUse: {
            /**
             * Format: double
             * @description What it added to the sum.
             */
            amount?: number | null;
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description The case. */
            case: string;
            /** @description Digest of the decision. */
            digest: string;
            /**
             * Format: int64
             * @description Its number, from 1.
             */
            n: number;
        };
        /** @description A standing order. */
        StandingOrder: {
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            asked_at: string;
            /**
             * Format: date-time
             * @description When it ends.
             */
            expires_at: string;
            /** @description Who asked for it. */
            first: string;
            /**
             * Format: double
             * @description Largest share of cases that may become automatic under it.
             */
            max_coverage: number;
            /** @description Why. */
            reason: string;
            /** @description Who agreed; in force only then. */
            second?: string | null;
        };
        /** @description Who signed. */
        StandingSignature: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description The member. */
            member: string;
        };
        /** @description Which calls a standing permission covers, and how many. */
        StandingTerms: {
            /** @description The only submitter, a key or a member, whose calls it covers. */
            agent?: string | null;
            /** @description The only consumer that takes the grants. */
            consumer?: string | null;
            /**
             * Format: int64
             * @description Most calls.
             */
            max_count: number;
            /** @description The only run whose calls it covers. */
            run?: string | null;
            /** @description JSON Schema (draft 2020-12) of the arguments; this or `when`, or both. */
            scope?: Record<string, never> | null;
            sum?: components["schemas"]["SumLimit"] | null;
            /** @description The tool. */
            tool: string;
            /**
             * Format: date-time
             * @description When it ends, within 90 days.
             */
            until: string;
            /** @description Condition in CEL, as in the loop's rules. */
            when?: string | null;
        };
        /** @description A text that a person is at work on. Offsets are in code points. */
        SuggestIn: {
            /** @description The case it is about; the asker holds its claim. */
            case?: string | null;
            /**
             * Format: int32
             * @description How many suggestions, 1 to 3; one where absent.
             */
            count?: number | null;
            /** @description Where the cursor is; the end of the text where absent. */
            cursor?: number | null;
            /**
             * @description The field of the answer.
             * @example reply
             */
            field: string;
            /** @description An input in place of a case, to try the co-pilot: nothing is kept. */
            input?: Record<string, never> | null;
            /** @description What the person asks for, as in `shorter, and friendlier`. */
            instruction?: string | null;
            kind?: components["schemas"]["SuggestKind"] | null;
            selection?: components["schemas"]["Selection"] | null;
            /** @description The text so far. */
            text?: string;
        };
        /**
         * @description What is wanted.
         * @enum {string}
         */
        SuggestKind: "continue" | "revise";
        /** @description A suggestion: words that take the place of those between `from` and `to`. */
        Suggestion: {
            /** @description Where it begins, in code points of the text that was sent. */
            from: number;
            /** @description Of a revision: what changes, each to be kept or reverted for itself. */
            hunks: components["schemas"]["Hunk"][];
            /** @description Its id, which spans of a judgment name; absent in a try. */
            id?: string | null;
            /** @description The words. */
            text: string;
            /** @description Where it ends. */
            to: number;
        };
        /** @description What was suggested. */
        Suggestions: {
            /** @description The link of the chain that answered. */
            link: string;
            /** @description Model and version as it named itself. */
            model?: string | null;
            /** @description At least one. */
            suggestions: components["schemas"]["Suggestion"][];
            /**
             * Format: int64
             * @description How long it took, in milliseconds.
             */
            took_ms: number;
        };
        /** @description A bound on the sum of an argument. */
        SumLimit: {
            /**
             * Format: double
             * @description The most it may add up to.
             */
            max: number;
            /**
             * @description JSON pointer into the arguments.
             * @example /amount
             */
            of: string;
        };
        /** @description A task. */
        Task: {
            /** @description Whether the proposal is hidden until the reviewer answered. */
            blind: boolean;
            /** @description Who holds a seat. */
            claimed_by: string[];
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description Whether it is open. */
            open: boolean;
            /** @description `decide`, `arbitrate`, `audit`, `cross_check` or `appeal`. */
            purpose: string;
            /** @description Where it waits. */
            queue: string;
            /**
             * Format: int32
             * @description Judgments wanted.
             */
            seats: number;
        };
        /** @description What became of what a help desk told. */
        TicketSynced: {
            /** @description The case. */
            case: string;
            /** @description The comment on the case; null where the desk told nothing new. */
            comment?: string | null;
            /** @description The ticket's state as the desk tells it. */
            status?: string | null;
        };
        /** @description Time per judgment. */
        TimeStats: {
            /**
             * Format: int64
             * @description Median of the newest thousand, in milliseconds.
             */
            median_ms?: number | null;
            /**
             * Format: int64
             * @description Judgments in all.
             */
            n: number;
            /**
             * Format: int64
             * @description Their 90th percentile.
             */
            p90_ms?: number | null;
        };
        /** @description The claim's token. */
        Token: {
            /**
             * Format: int64
             * @description The newest token of the claim.
             */
            token: number;
        };
        /** @description Tokens, and what they cost. */
        TokenUsage: {
            /**
             * Format: double
             * @description Cost in the unit of the link's price.
             */
            cost?: number | null;
            /**
             * Format: int64
             * @description Tokens of what was asked.
             */
            input_tokens: number;
            /**
             * Format: int64
             * @description Tokens of the answer.
             */
            output_tokens: number;
        };
        /** @description Where a case goes, and why. */
        TransferIn: {
            /** @description The queue. */
            queue: string;
            /** @description Why; kept as a comment. */
            reason: string;
        };
        /** @description Who has the turn. */
        Turn: {
            /** @description `agent`, or `person` while one has taken over: the agent's messages are refused then. */
            holder: string;
            /** @description The member; hidden from whoever only hands cases in. */
            member?: string | null;
            /**
             * Format: date-time
             * @description Since when a person has it.
             */
            since?: string | null;
        };
        /** @description What is recorded but not sealed yet. */
        Unsealed: {
            /**
             * Format: int64
             * @description How many events.
             */
            count: number;
            /**
             * Format: date-time
             * @description Since when the oldest waits.
             */
            oldest_at?: string | null;
        };
        /** @description Something that was said before the case came in. */
        Utterance: {
            /** @description Who. */
            from: components["schemas"]["Speaker"];
            /** @description The words. */
            text: string;
        };
        /**
         * @description Verdicts.
         * @enum {string}
         */
        VerdictName: "approve" | "reject" | "modify" | "answer" | "request_changes" | "escalate" | "skip" | "unsure";
        /** @description What the verification of the live database found. */
        Verified: {
            /**
             * Format: int64
             * @description Size of the largest checkpoint of the witness.
             */
            anchored_size?: number | null;
            /**
             * Format: int64
             * @description Events checked.
             */
            events: number;
            /**
             * Format: int64
             * @description How many problems there are.
             */
            problem_count: number;
            /** @description The first of them. */
            problems: components["schemas"]["LedgerProblem"][];
            /** @description Its root, in hexadecimal. */
            root?: string | null;
            /**
             * Format: int64
             * @description Rows of state checked against the events.
             */
            rows: number;
            /**
             * Format: double
             * @description How long it took.
             */
            seconds: number;
            /**
             * Format: int64
             * @description Size of the largest checkpoint signed by a trusted key.
             */
            signed_size?: number | null;
            /**
             * Format: int64
             * @description Size of the tree.
             */
            size: number;
            /** @description `verified`, `unanchored` (verified, with a tail that no witness holds) or `broken`. */
            state: string;
        };
        /** @description An endpoint that messages are sent to. */
        Webhook: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When they began.
             */
            failing_since?: string | null;
            /**
             * Format: int64
             * @description Failures since the last success.
             */
            failures: number;
            /** @description Its id. */
            id: string;
            /** @description The kinds it wants, as in `case.decided`; empty for all. */
            kinds: string[];
            /** @description The loops it wants, by name; empty for all. */
            loops: string[];
            /**
             * Format: date-time
             * @description While it fails: when the next message is tried.
             */
            next_probe_at?: string | null;
            /**
             * Format: date-time
             * @description Until when the secret before signs as well.
             */
            old_secret_until?: string | null;
            /** @description `thin` or `full`. */
            payload: components["schemas"]["WebhookPayload"];
            /** @description The secret that signs, `whsec_…`; only in the answer that made it. */
            secret?: string | null;
            /** @description `active`, `paused` by a person, or `disabled` by the server. */
            state: components["schemas"]["WebhookState"];
            /**
             * Format: date-time
             * @description When a person last changed it.
             */
            updated_at: string;
            /** @description Where messages go. */
            url: string;
            /** @description Why the server disabled it. */
            why?: string | null;
        };
        /** @description What to change about an endpoint; what is left out stays. Any change ends a pause after failures. */
        WebhookPatch: {
            /** @description The kinds it wants. */
            kinds?: string[] | null;
            /** @description The loops it wants. */
            loops?: string[] | null;
            /** @description Whether messages wait; `false` also sets a disabled endpoint to work again. */
            paused?: boolean | null;
            payload?: components["schemas"]["WebhookPayload"] | null;
            /** @description Where messages go. */
            url?: string | null;
        };
        /**
         * @description How much a message says.
         * @enum {string}
         */
        WebhookPayload: "thin" | "full";
        /**
         * @description Whether messages are sent.
         * @enum {string}
         */
        WebhookState: "active" | "paused" | "disabled";
        /** @description Whoever is signed in. */
        Who: {
            /** @description Its e-mail address. */
            email: string;
            /** @description The member. */
            id: string;
            /** @description Its name. */
            name: string;
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
    get_docs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metrics */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/openmetrics-text": string;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_absences: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Absences that last */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Absences"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_alerts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What stands first, then what is over */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Alert"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_batch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the batch */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The batch */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_case: {
        parameters: {
            query?: {
                /**
                 * @description Parks the request until the case is decided or cancelled, at most so long: `30s`, `2m`.
                 * @example 30s
                 */
                wait?: string;
            };
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The case */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description The wait ran out */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    lodge_appeal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAppeal"];
            };
        };
        responses: {
            /** @description The case */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdraw_appeal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The case */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_case: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The case */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_comments: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Comment"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_comment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewComment"];
            };
        };
        responses: {
            /** @description The comment */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comment"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    consume_decision: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Consume"];
            };
        };
        responses: {
            /** @description The grant */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Grant"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    hand_back: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HandBack"];
            };
        };
        responses: {
            /** @description The case */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    judge_case: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewJudgment"];
            };
        };
        responses: {
            /** @description The case, and the judgment */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Judged"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_messages: {
        parameters: {
            query?: {
                /** @description Only those after this number. */
                after?: number;
                /** @description Parks the request until something is said or the turn changes, at most so long: `30s`. */
                wait?: string;
            };
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was said, and who has the turn */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    say: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMessage"];
            };
        };
        responses: {
            /** @description It was said before */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description The message */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_outcomes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Outcome"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    record_outcome: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOutcome"];
            };
        };
        responses: {
            /** @description The outcome */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Outcome"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reprioritise_case: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PriorityIn"];
            };
        };
        responses: {
            /** @description The case */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    propose: {
        parameters: {
            query?: {
                /** @description Only records it beside the live one. */
                shadow?: boolean;
            };
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewProposal"];
            };
        };
        responses: {
            /** @description The case */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reopen_case: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The case */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_off_case: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignOff"];
            };
        };
        responses: {
            /** @description The challenge */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyChallenge"];
                };
            };
            /** @description No passkey is registered */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    take_over: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The case */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_timeline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Event"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    transfer_case: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TransferIn"];
            };
        };
        responses: {
            /** @description The case */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    veto_case: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the case */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The case */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_channels: {
        parameters: {
            query?: {
                /** @description Most items on the page, 1 to 500. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of channels */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Channel"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_channel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewChannel"];
            };
        };
        responses: {
            /** @description The channel */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_channel_kinds: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ChannelKind"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_channel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the channel */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The channel */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_channel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the channel */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_channel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the channel */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChannelPatch"];
            };
        };
        responses: {
            /** @description The channel */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_channel_messages: {
        parameters: {
            query?: {
                /** @description Only those in this state. */
                state?: components["schemas"]["DeliveryState"];
                /** @description Most items on the page, 1 to 500. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Id of the channel */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of messages */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ChannelMessage"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replay_channel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the channel */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChannelReplay"];
            };
        };
        responses: {
            /** @description What became of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelReplayed"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sync_ticket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the channel */
                id: string;
            };
            cookie?: never;
        };
        /** @description As the desk writes it; the channel's `sync` says where what stands */
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The case and the comment */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketSynced"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    test_channel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the channel */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it met */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelTest"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    held_claims: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The claims */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Claims"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    claim: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClaimFilter"];
            };
        };
        responses: {
            /** @description The claims; none where nothing waits */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Claims"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    release_claim: {
        parameters: {
            query?: {
                /** @description The claim's token; not needed by those who may release claims of others. */
                token?: number;
            };
            header?: never;
            path: {
                /** @description Id of the claim */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is free again */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    renew_claim: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the claim */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Token"];
            };
        };
        responses: {
            /** @description The lease */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Renewed"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    demo_state: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What came of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    demo_fooled: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What came of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    demo_fool: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Fool"];
            };
        };
        responses: {
            /** @description What came of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    demo_forge: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description What came of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    demo_plug: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description What came of it */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    demo_shift: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description What came of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stream_events: {
        parameters: {
            query?: {
                /** @description Only this loop's. */
                loop?: string;
                /** @description Only these kinds, separated by commas. */
                kind?: string;
                /** @description Only this case's. */
                case?: string;
                /** @description Only this run's, and those of its gates. */
                run?: string;
                /** @description Events after this index; the header `Last-Event-ID` says the same. */
                after?: number;
                /** @description `latest`: only what happens from now on. */
                from?: string;
                /** @description Also hint, by an event `notification` without id and data, that one was told something. */
                notifications?: boolean;
            };
            header?: {
                /** @description Resume after it */
                "Last-Event-ID"?: number | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events, for as long as both sides stay */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_grant_key: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantKey"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_halts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Halt"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    halt: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HaltIn"];
            };
        };
        responses: {
            /** @description The halt */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Halt"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_job: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the job */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retract_judgment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the judgment */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The case */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    undo_judgment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the judgment */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The case */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_keys: {
        parameters: {
            query?: {
                /** @description Most items on the page, 1 to 500. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of keys */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Key"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    make_key: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewKey"];
            };
        };
        responses: {
            /** @description The key */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the key */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is revoked */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    aws_pair: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the key */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The pair */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AwsCredentials"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_checkpoint: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The checkpoint */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Checkpoint"];
                    "text/plain": string;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_consistency: {
        parameters: {
            query: {
                /** @description The older size. */
                from: number;
                /** @description The newer size. */
                to: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The proof */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Consistency"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_entries: {
        parameters: {
            query: {
                /** @description The first index. */
                from: number;
                /** @description One after the last index, at most 1,000 more than `from`. */
                to: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The entries */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Entry"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_proof: {
        parameters: {
            query: {
                /** @description Index of the event. */
                leaf: number;
                /** @description Size of the tree. */
                size: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The proof */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Inclusion"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verify_ledger: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The result */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verified"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_loops: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_LoopSummary"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_loop: {
        parameters: {
            query?: {
                /** @description The newest published one where absent. */
                version?: number;
            };
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The loop */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Loop"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_loop: {
        parameters: {
            query?: {
                /** @description Keeps a draft instead of publishing. */
                draft?: boolean;
                /** @description Why it changes. */
                reason?: string;
            };
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
                "application/yaml": string;
            };
        };
        responses: {
            /** @description The loop */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PutLoop"];
                };
            };
            /** @description The first version of the loop */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PutLoop"];
                };
            };
            /** @description It widens what the machine may do, and waits for a second person */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PutLoop"];
                };
            };
            /** @description The file has faults */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    lower_autonomy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Lower"];
            };
        };
        responses: {
            /** @description Where autonomy stands now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Autonomy"];
                };
            };
            /** @description Everything is reviewed already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    order_autonomy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrderIn"];
            };
        };
        responses: {
            /** @description Two persons agreed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StandingOrder"];
                };
            };
            /** @description Another person must agree */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StandingOrder"];
                };
            };
            /** @description You asked for it yourself */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    end_autonomy_order: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description There is none any more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    raise_autonomy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Raise"];
            };
        };
        responses: {
            /** @description Where autonomy stands now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Autonomy"];
                };
            };
            /** @description The evidence has changed since */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_batches: {
        parameters: {
            query?: {
                /** @description Most items on the page, 1 to 500. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The newest */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Batch"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_batch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBatch"];
            };
        };
        responses: {
            /** @description What was approved, and what was left out */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            /** @description None of the cases can be approved */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Over a cap: nothing was approved */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    challenge_batch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBatch"];
            };
        };
        responses: {
            /** @description The challenge */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyChallenge"];
                };
            };
            /** @description No passkey is registered */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_cases: {
        parameters: {
            query?: {
                /** @description Only these, separated by commas. */
                status?: string;
                /** @description Only those with an open task in this queue. */
                queue?: string;
                /** @description Only those with this tag. */
                tag?: string;
                /** @description Only those whose newest appeal is `open`, `upheld`, `overturned` or `withdrawn`. */
                appeal?: string;
                /** @description Most items on the page, 1 to 500. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of cases */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Case"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    submit_case: {
        parameters: {
            query?: {
                /**
                 * @description Parks the request until the case is decided or cancelled, at most so long: `30s`, `2m`.
                 * @example 30s
                 */
                wait?: string;
            };
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCase"];
            };
        };
        responses: {
            /** @description A case that was there, or is decided now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description The case */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description The wait ran out */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
            /** @description The key names another case */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    submit_batch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description `{line, id, status, route: {to}}` or `{line, error: {code, path, detail}}` a line */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_chain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Each link, and how many cases wait */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Chain"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    test_chain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChainTestIn"];
            };
        };
        responses: {
            /** @description What each said */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChainTest"];
                };
            };
            /** @description The input does not fit the loop */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    dry_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DryRunIn"];
            };
        };
        responses: {
            /** @description What would have happened */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRunOut"];
                };
            };
            /** @description The draft has faults */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_evaluation_sets: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_EvaluationSet"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    freeze_evaluation_set: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EvaluationSetIn"];
            };
        };
        responses: {
            /** @description The set */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvaluationSet"];
                };
            };
            /** @description `too_few_held_out` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_evaluation_cases: {
        parameters: {
            query?: {
                /** @description Most items on the page, 1 to 500. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
                /** @description Number of the set */
                set: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of cases */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_EvaluationCase"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export: {
        parameters: {
            query?: {
                /** @description `jsonl` (the default) or `csv`. */
                format?: string;
                /** @description Columns of `sft` and `preferences`: `trl` or `openai`. */
                shape?: string;
                /** @description Rows up to this moment; now where absent. */
                until?: string;
                /**
                 * @description Leaves out rows whose texts are by models in a greater share than this, 0 to 1: with 0 only texts
                 *     that people wrote alone stay. Rows that say nothing of who wrote them stay. For `examples`,
                 *     `corrections`, `sft`, `preferences` and `judgments`.
                 * @example 0
                 */
                max_ai_share?: number;
            };
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
                /** @description What */
                kind: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Rows, streamed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_manifest: {
        parameters: {
            query?: {
                /** @description `jsonl` (the default) or `csv`. */
                format?: string;
                /** @description Columns of `sft` and `preferences`: `trl` or `openai`. */
                shape?: string;
                /** @description Rows up to this moment; now where absent. */
                until?: string;
                /**
                 * @description Leaves out rows whose texts are by models in a greater share than this, 0 to 1: with 0 only texts
                 *     that people wrote alone stay. Rows that say nothing of who wrote them stay. For `examples`,
                 *     `corrections`, `sft`, `preferences` and `judgments`.
                 * @example 0
                 */
                max_ai_share?: number;
            };
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
                /** @description What */
                kind: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The manifest */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_held: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Held decisions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeldDecisions"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    live: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LiveStats"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_models: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Model"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    register_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ModelIn"];
            };
        };
        responses: {
            /** @description It was registered before, with this content */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description The model */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description `model_exists`: another content has this name */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    train: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The job */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    demote_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
                /** @description Version or name of the model */
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The model */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    evaluate_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
                /** @description Version or name of the model */
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EvaluationIn"];
            };
        };
        responses: {
            /** @description The model with its score */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description `already_scored` or `no_evaluation_set` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    promote_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
                /** @description Version or name of the model */
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromoteIn"];
            };
        };
        responses: {
            /** @description The model */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description `not_evaluated`: it has no score on the frozen evaluation set */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retire_model: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
                /** @description Version or name of the model */
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The model */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    record_outcome_by_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOutcome"];
            };
        };
        responses: {
            /** @description The outcome */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Outcome"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ask_standing_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewStandingGrant"];
            };
        };
        responses: {
            /** @description It waits for others to sign */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StandingGrant"];
                };
            };
            /** @description The tool, scope or caps are at fault */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stats_desk: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Queues and alerts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Desk"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stats_appeals: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Appeals"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stats_autonomy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The three claims */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Autonomy"];
                };
            };
            /** @description The loop's policy has no autonomy */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stats_errors: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorStats"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stats_learning: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LearningStats"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stats_quality: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityStats"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stats_queue: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueStats"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stats_time: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TimeStats"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    suggest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SuggestIn"];
            };
        };
        responses: {
            /** @description At least one suggestion */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Suggestions"];
                };
            };
            /** @description The loop has no co-pilot (`no_copilot`), the asker holds no claim on the case (`claim_lost`), or it is judged blind (`blind`) */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The field, the text or the selection does not fit */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No model had a suggestion (`no_suggestion`) */
            424: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Asked too often; `Retry-After` says when to ask again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    publish_version: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the loop */
                loop: string;
                /** @description Number of the version */
                version: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The loop */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Loop"];
                };
            };
            /** @description Proposed; a second person must agree */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Loop"];
                };
            };
            /** @description It is published, or you proposed it yourself */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_media: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": number[];
            };
        };
        responses: {
            /** @description The file */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Media"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_media: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the file */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its bytes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": number[];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_members: {
        parameters: {
            query?: {
                /** @description Most items on the page, 1 to 500. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of members */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Member"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_member: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMember"];
            };
        };
        responses: {
            /** @description The member */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_notification_preferences: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The preferences */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationPreferences"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_notification_preferences: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NotificationPreferences"];
            };
        };
        responses: {
            /** @description The preferences */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationPreferences"];
                };
            };
            /** @description A time, zone, kind or way that is none */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_notifications: {
        parameters: {
            query?: {
                /** @description Only unread ones. */
                unread?: boolean;
                /** @description Most items on the page, 1 to 500. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationFeed"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_notifications: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NotificationsReadIn"];
            };
        };
        responses: {
            /** @description How many became read */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationsRead"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_slack_account: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SlackAccount"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ask_slack_account: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SlackAccountIn"];
            };
        };
        responses: {
            /** @description Sent */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No chat is set up, or it refused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    untie_slack_account: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Untied */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirm_slack_account: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NotificationLink"];
            };
        };
        responses: {
            /** @description The account */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SlackAccount"];
                };
            };
            /** @description The link was used, or the account is taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the member */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemberPatch"];
            };
        };
        responses: {
            /** @description The member */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_absence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the member */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The absence */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Absence"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_absence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the member */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAbsence"];
            };
        };
        responses: {
            /** @description The absence */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Absence"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    accept_absence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the member who is away */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AbsenceAccepted"];
            };
        };
        responses: {
            /** @description The absence, in force */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedAbsence"];
                };
            };
            /** @description It changed, or takes a passkey */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    challenge_absence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the member who is away */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AbsenceSeen"];
            };
        };
        responses: {
            /** @description The challenge */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyChallenge"];
                };
            };
            /** @description No passkey is registered, or it changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    decline_absence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the member who is away */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nobody stands in */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    make_signin_link: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the member */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The member, with the link */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_notification_channels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_NotificationChannel"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    test_notification_channel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `app`, `email` or `slack` */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it met */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationTest"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    open_notification_link: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NotificationLink"];
            };
        };
        responses: {
            /** @description Where it leads */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationTarget"];
                };
            };
            /** @description Used, ended, or another member's */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_passkeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Passkey"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_passkey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPasskey"];
            };
        };
        responses: {
            /** @description Registered */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Passkey"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    passkey_options: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The challenge */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyChallenge"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_passkey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the passkey */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_person_changes: {
        parameters: {
            query?: {
                /** @description Most items on the page, 1 to 500. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The newest */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PersonChange"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ask_person_change: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPersonChange"];
            };
        };
        responses: {
            /** @description It waits for another admin */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonChange"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirm_person_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the change */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Carried out */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonChange"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    decline_person_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the change */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Declined */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonChange"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_queues: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All queues one may see */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Queue"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_many: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BulkIn"];
            };
        };
        responses: {
            /** @description How many would be changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bulk"];
                };
            };
            /** @description The change is under way */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bulk"];
                };
            };
            /** @description Other cases fit by now than were counted */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_bulk: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the change */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The change */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bulk"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pause_queue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PauseIn"];
            };
        };
        responses: {
            /** @description The queue */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
            /** @description It is paused already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    release_member: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReleaseIn"];
            };
        };
        responses: {
            /** @description How many were freed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Released"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resume_queue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResumeIn"];
            };
        };
        responses: {
            /** @description The queue */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_seats: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Members with what they hold */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Seats"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resume: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HaltIn"];
            };
        };
        responses: {
            /** @description The halt */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Halt"];
                };
            };
            /** @description Who halted does not resume; it says who may */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_runs: {
        parameters: {
            query?: {
                /** @description Only this loop's. */
                loop?: string;
                /** @description Only runs in these states, separated by commas. */
                state?: string;
                /** @description Only runs that this key or member started. */
                agent?: string;
                /** @description Only runs that have not ended and on which one of these alerts stands, separated by commas. */
                alert?: string;
                /** @description Most items on the page, 1 to 500. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Run"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_run: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRun"];
            };
        };
        responses: {
            /** @description A run that was there */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description The run */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    control_runs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunsControl"];
            };
        };
        responses: {
            /** @description Which */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Controlled"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    count_runs: {
        parameters: {
            query?: {
                /** @description Only this loop's. */
                loop?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The fleet in numbers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunFleet"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the run */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    clear_alert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the run */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClearRunAlert"];
            };
        };
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    control_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the run */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRunControl"];
            };
        };
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description The run does not take it; says where it stands */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_controls: {
        parameters: {
            query?: {
                /** @description Only those after this epoch. */
                after?: number;
                /** @description Parks the request until there is one, at most so long: `30s`. */
                wait?: string;
            };
            header?: never;
            path: {
                /** @description Id of the run */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Controls */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_RunControl"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    finish_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the run */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunEnd"];
            };
        };
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description The run does not take it; says where it stands */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_gates: {
        parameters: {
            query?: {
                /** @description Most items, 1 to 500. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Id of the run */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its newest gates */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Case"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    heartbeat: {
        parameters: {
            query?: {
                /**
                 * @description Parks the request until the case is decided or cancelled, at most so long: `30s`, `2m`.
                 * @example 30s
                 */
                wait?: string;
            };
            header?: never;
            path: {
                /** @description Id of the run */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunHeartbeat"];
            };
        };
        responses: {
            /** @description Where the run stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunStanding"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_steps: {
        parameters: {
            query?: {
                /** @description Most items on the page, 1 to 500. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Id of the run */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_RunStep"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    report_steps: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the run */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunReport"];
            };
        };
        responses: {
            /** @description Where the run stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunStanding"];
                };
            };
            /** @description The run does not take it; says where it stands */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description The session, and its cookie */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Wrong address or password */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many tries */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session ended */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_in_by_link: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Link"];
            };
        };
        responses: {
            /** @description The session, and its cookie */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Unknown, used or expired */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    slack_interactions: {
        parameters: {
            query?: never;
            header: {
                /** @description `v0=` and the HMAC-SHA256 in hexadecimal */
                "X-Slack-Signature": string;
                /** @description Seconds since the epoch */
                "X-Slack-Request-Timestamp": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": string;
            };
        };
        responses: {
            /** @description Taken; the message says what became of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Not the chat's own, or too old */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Taken before */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_standing_grants: {
        parameters: {
            query?: {
                /** @description Most items on the page, 1 to 500. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_StandingGrant"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_standing_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the permission */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The permission */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StandingGrant"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_standing_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the permission */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StandingGrantRevocation"];
            };
        };
        responses: {
            /** @description Revoked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StandingGrant"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_standing_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the permission */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StandingGrantShown"];
            };
        };
        responses: {
            /** @description Signed; in force once enough persons did */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StandingGrant"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_standing_grant_uses: {
        parameters: {
            query?: {
                /** @description Most items on the page, 1 to 500. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Id of the permission */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_StandingGrantUse"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_webhooks: {
        parameters: {
            query?: {
                /** @description Most items on the page, 1 to 500. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of webhooks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Webhook"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewWebhook"];
            };
        };
        responses: {
            /** @description The webhook */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the webhook */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhook */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the webhook */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the webhook */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookPatch"];
            };
        };
        responses: {
            /** @description The webhook */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_deliveries: {
        parameters: {
            query?: {
                /** @description Only those in this state. */
                state?: components["schemas"]["DeliveryState"];
                /** @description Most items on the page, 1 to 500. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Id of the webhook */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of messages */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Delivery"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replay_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the webhook */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplayIn"];
            };
        };
        responses: {
            /** @description How many */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replayed"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotate_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the webhook */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Rotation"];
            };
        };
        responses: {
            /** @description The webhook with its new secret */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    test_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the webhook */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The test, delivered or dead */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description What went wrong */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
