//! Approvals that a person's own key signs: what is accepted, and everything that is not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::json;
use sha2::{Digest, Sha256};
use tandem_domain::case::{Case, Status, Verdict};
use tandem_domain::command::NewJudgment;
use tandem_domain::roles::Role;
use tandem_domain::{MemberId, Timestamp};
use tandem_engine::accounts::{NewKey, NewMember};
use tandem_engine::gates::NewAbsence;
use tandem_engine::passkeys::{Challenge, NewPasskey, RawAssertion, SignOffSubject};
use tandem_engine::review::NewBatch;
use tandem_engine::{EngineError, LoopScope, Principal, Said};

use crate::common::{Kind, SECOND, code, machine, reviewer};
use crate::gates::{Gates, approve, edit};

const ORIGIN: &str = "https://tandem.example.org";
const HOST: &str = "tandem.example.org";
const LOOP: &str = "review: { sign_off: webauthn }\n";

enum Secret {
    Es256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// A passkey in an authenticator of the tests' own.
struct Authenticator {
    secret: Secret,
    credential: Vec<u8>,
    origin: &'static str,
    host: &'static str,
    flags: u8,
    counter: u32,
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Authenticator {
    fn es256(name: u8) -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let secret =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref(), &random);
        Self::with(Secret::Es256(secret.unwrap()), name)
    }

    fn ed25519(name: u8) -> Self {
        let secret = Ed25519KeyPair::from_seed_unchecked(&[name; 32]).unwrap();
        Self::with(Secret::Ed25519(secret), name)
    }

    fn with(secret: Secret, name: u8) -> Self {
        let credential = vec![name; 20];
        Self { secret, credential, origin: ORIGIN, host: HOST, flags: 0x05, counter: 1 }
    }

    fn client(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let data = json!({"type": kind, "challenge": challenge, "origin": self.origin});
        data.to_string().into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.host.as_bytes()).to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// The key in COSE, as CBOR.
    fn cose(&self) -> Vec<u8> {
        match &self.secret {
            Secret::Es256(key) => {
                let point = key.public_key().as_ref();
                let mut cose = vec![0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32];
                cose.extend(&point[1..33]);
                cose.extend([0x22, 0x58, 32]);
                cose.extend(&point[33..65]);
                cose
            }
            Secret::Ed25519(key) => {
                let mut cose = vec![0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32];
                cose.extend(key.public_key().as_ref());
                cose
            }
        }
    }

    fn register(&self, made: &Challenge) -> NewPasskey {
        let mut data = self.data(self.flags | 0x40);
        data.extend([0; 16]);
        data.extend([0, u8::try_from(self.credential.len()).unwrap()]);
        data.extend(&self.credential);
        data.extend(self.cose());
        let mut attestation = vec![0xa3, 0x63, b'f', b'm', b't', 0x64, b'n', b'o', b'n', b'e'];
        attestation.extend([0x67, b'a', b't', b't', b'S', b't', b'm', b't', 0xa0]);
        attestation.extend([0x68, b'a', b'u', b't', b'h', b'D', b'a', b't', b'a', 0x58]);
        attestation.push(u8::try_from(data.len()).unwrap());
        attestation.extend(data);
        NewPasskey {
            name: "the test's".to_owned(),
            nonce: made.nonce.clone(),
            client_data: text(&self.client("webauthn.create", &made.challenge)),
            attestation: text(&attestation),
        }
    }

    fn sign(&mut self, made: &Challenge) -> RawAssertion {
        self.counter += 1;
        let (client, data) = (self.client("webauthn.get", &made.challenge), self.data(self.flags));
        let signed = [&*data, Sha256::digest(&client).as_slice()].concat();
        let signature = match &self.secret {
            Secret::Es256(key) => {
                key.sign(&SystemRandom::new(), &signed).unwrap().as_ref().to_vec()
            }
            Secret::Ed25519(key) => key.sign(&signed).as_ref().to_vec(),
        };
        RawAssertion {
            nonce: made.nonce.clone(),
            credential: text(&self.credential),
            client_data: text(&client),
            authenticator_data: text(&data),
            signature: text(&signature),
        }
    }
}

impl Gates {
    async fn signed(kind: Kind, more: &str) -> Self {
        let gates = Self::new(kind, more).await;
        gates.0.engine.reached_at(ORIGIN).unwrap();
        gates
    }

    async fn register(&self, who: &Principal, key: &Authenticator) -> Result<(), EngineError> {
        let made = self.0.engine.passkey_options(who).await.unwrap();
        self.0.engine.add_passkey(who, key.register(&made)).await.map(|_| ())
    }

    async fn ask(&self, who: &Principal, case: &Case, said: &NewJudgment) -> Challenge {
        let subject = SignOffSubject {
            verdict: said.verdict,
            seen: said.seen.clone().unwrap(),
            answer: said.answer.clone(),
        };
        self.0.engine.sign_off(who, case.core.id, subject).await.unwrap()
    }

    async fn judge_signed(
        &self,
        who: &Principal,
        case: &Case,
        judgment: NewJudgment,
        assertion: RawAssertion,
    ) -> Result<Case, EngineError> {
        let said = Said { claim: None, judgment, assertion: Some(assertion) };
        Ok(self.0.engine.judge(who, case.core.id, said, None).await?.case)
    }
}

async fn a_passkey_signs_what_is_approved(kind: Kind) {
    let gates = Gates::signed(kind, LOOP).await;
    for (n, mut key) in [(1, Authenticator::es256(1)), (2, Authenticator::ed25519(2))] {
        let who = reviewer(n);
        gates.register(&who, &key).await.unwrap();
        assert_eq!(code(gates.register(&who, &key).await), "known_passkey");
        let case = gates.submit(5.0).await;
        let made = gates.ask(&who, &case, &approve(&case)).await;
        let assertion = key.sign(&made);
        let done =
            gates.judge_signed(&who, &case, approve(&case), assertion.clone()).await.unwrap();
        assert_eq!(done.state.status, Status::Decided);
        let signed = done.state.judgments[0].signed.clone().unwrap();
        assert_eq!((&signed.signature, &signed.nonce), (&assertion.signature, &assertion.nonce));
        // The subject is the challenge: what was signed can be computed again from the judgment.
        let challenge = URL_SAFE_NO_PAD.encode(hex_bytes(&signed.subject));
        assert_eq!(challenge, made.challenge);
        gates.consume(&done, "payments").await.unwrap();

        // An edit that decides is signed, too, with its answer.
        let case = gates.submit(6.0).await;
        let said = NewJudgment { seen: approve(&case).seen, ..edit(4.0) };
        let made = gates.ask(&who, &case, &said).await;
        let other = NewJudgment { seen: approve(&case).seen, ..edit(400.0) };
        let assertion = key.sign(&made);
        let refused = gates.judge_signed(&who, &case, other, assertion.clone()).await;
        assert_eq!(code(refused), "invalid_assertion");
        gates.judge_signed(&who, &case, said, assertion).await.unwrap();
    }
}

/// Members with accounts: one who is away, and one who stands in; with the latter's principal.
async fn absent(gates: &Gates) -> (MemberId, Principal) {
    let accounts = gates.0.engine.accounts();
    let mut ids = Vec::new();
    for name in ["away", "deputy"] {
        let new = NewMember {
            name: name.to_owned(),
            email: format!("{name}@example.org"),
            grants: vec![(LoopScope::All, Role::Reviewer)],
            password: None,
            person: None,
        };
        ids.push(accounts.add_member(&machine(), new).await.unwrap().member.id);
    }
    let key = NewKey { name: "d".to_owned(), member: Some(ids[1]), ..NewKey::default() };
    let key = accounts.make_key(&machine(), key).await.unwrap().secret;
    let until = Timestamp(gates.0.engine.now().0 + 3_600 * SECOND);
    let absence = NewAbsence { until, delegate: ids[1] };
    accounts.set_absence(&machine(), ids[0], Some(absence)).await.unwrap();
    (ids[0], (*accounts.by_key(&key).await.unwrap()).clone())
}

async fn standing_in_is_signed_where_calls_are(kind: Kind) {
    let gates = Gates::signed(kind, LOOP).await;
    let engine = &gates.0.engine;
    let (away, deputy) = absent(&gates).await;
    let digest = engine.absences(&deputy).await.unwrap().0[0].digest.clone();
    let plain = engine.accept_absence(&deputy, away, &digest, None).await;
    assert_eq!(code(plain), "passkey_needed");
    assert_eq!(code(engine.absence_challenge(&deputy, away, &digest).await), "no_passkey");
    let mut key = Authenticator::es256(7);
    gates.register(&deputy, &key).await.unwrap();
    // A signature over something else says nothing.
    let case = gates.submit(5.0).await;
    let other = gates.ask(&deputy, &case, &approve(&case)).await;
    let wrong = engine.accept_absence(&deputy, away, &digest, Some(key.sign(&other))).await;
    assert_eq!(code(wrong), "challenge_used");
    let made = engine.absence_challenge(&deputy, away, &digest).await.unwrap();
    let signed = key.sign(&made);
    let done = engine.accept_absence(&deputy, away, &digest, Some(signed)).await.unwrap();
    assert!(done.takes_passkey && done.absence.accepted_at.is_some());
}

async fn a_batch_is_signed_at_once(kind: Kind) {
    let gates = Gates::signed(kind, LOOP).await;
    let (who, engine) = (reviewer(1), &gates.0.engine);
    let cases = [gates.submit(5.0).await, gates.submit(6.0).await];
    let listed = |cases: &[Case], assertion| NewBatch {
        tool: "refund".to_owned(),
        cases: cases.iter().map(|case| (case.core.id, approve(case).seen.unwrap())).collect(),
        max_count: None,
        sum: None,
        checklist: Vec::new(),
        comment: None,
        elapsed_ms: 100,
        assertion,
    };
    let plain = engine.sign_batch(&who, "refunds", listed(&cases, None), None).await;
    assert_eq!(code(plain), "nothing_approved");
    let mut key = Authenticator::ed25519(3);
    gates.register(&who, &key).await.unwrap();
    // What was signed for one list does not approve another.
    let made = engine.batch_challenge(&who, "refunds", listed(&cases[..1], None)).await.unwrap();
    let other = listed(&cases, Some(key.sign(&made)));
    let wrong = engine.sign_batch(&who, "refunds", other, None).await;
    assert_eq!(code(wrong), "invalid_assertion");
    let made = engine.batch_challenge(&who, "refunds", listed(&cases, None)).await.unwrap();
    let signed = listed(&cases, Some(key.sign(&made)));
    let done = engine.sign_batch(&who, "refunds", signed, None).await.unwrap();
    assert_eq!((done.approved.len(), done.left_out.len()), (2, 0));
    for case in &cases {
        let judged = gates.0.get(case.core.id).await;
        assert_eq!(judged.state.status, Status::Decided);
        assert!(judged.state.judgments[0].signed.is_some(), "each carries what was signed");
    }
}

fn hex_bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}

async fn bad_assertions_approve_nothing(kind: Kind) {
    let gates = Gates::signed(kind, LOOP).await;
    let (who, other) = (reviewer(1), reviewer(2));
    let mut key = Authenticator::es256(1);
    let mut theirs = Authenticator::es256(2);
    gates.register(&who, &key).await.unwrap();
    gates.register(&other, &theirs).await.unwrap();
    let (case, second) = (gates.submit(5.0).await, gates.submit(5.0).await);
    let said = || approve(&case);

    // What another case, or another verdict, was asked for.
    let made = gates.ask(&who, &second, &approve(&second)).await;
    let elsewhere = gates.judge_signed(&who, &case, said(), key.sign(&made)).await;
    assert_eq!(code(elsewhere), "invalid_assertion");
    let fewer = NewJudgment { verdict: Verdict::Reject, ..said() };
    let made = gates.ask(&who, &case, &fewer).await;
    let turned = gates.judge_signed(&who, &case, said(), key.sign(&made)).await;
    assert_eq!(code(turned), "invalid_assertion");

    // Another origin, another relying party, nobody verified, nobody there.
    let made = gates.ask(&who, &case, &said()).await;
    let mut bad = Vec::new();
    key.origin = "https://tandem.example.org.evil.test";
    bad.push(key.sign(&made));
    (key.origin, key.host) = (ORIGIN, "evil.test");
    bad.push(key.sign(&made));
    (key.host, key.flags) = (HOST, 0x01);
    bad.push(key.sign(&made));
    key.flags = 0x04;
    bad.push(key.sign(&made));
    key.flags = 0x05;
    // Another's passkey, one that nobody registered, a signature that was changed.
    bad.push(theirs.sign(&made));
    bad.push(Authenticator::es256(9).sign(&made));
    let mut forged = Authenticator::es256(1);
    forged.counter = 100;
    bad.push(forged.sign(&made));
    for (n, assertion) in bad.into_iter().enumerate() {
        let refused = gates.judge_signed(&who, &case, said(), assertion).await;
        assert_eq!(code(refused), "invalid_assertion", "number {n}");
    }
    // A challenge of somebody else's, one whose time is over, one that was never made.
    let asked = gates.ask(&other, &case, &said()).await;
    let refused = gates.judge_signed(&who, &case, said(), key.sign(&asked)).await;
    assert_eq!(code(refused), "challenge_used");
    let old = gates.ask(&who, &case, &said()).await;
    gates.0.advance(301 * SECOND);
    assert_eq!(
        code(gates.judge_signed(&who, &case, said(), key.sign(&old)).await),
        "challenge_used"
    );
    assert!(gates.0.get(case.core.id).await.state.judgments.is_empty());

    // Replayed: the challenge is used up.
    let made = gates.ask(&who, &case, &said()).await;
    let assertion = key.sign(&made);
    gates.judge_signed(&who, &case, said(), assertion.clone()).await.unwrap();
    let again = gates.judge_signed(&who, &case, said(), assertion).await;
    assert_eq!(code(again), "challenge_used");

    // A copy of the passkey is behind with its counter, and that is in the ledger.
    key.counter = 1;
    let made = gates.ask(&who, &second, &approve(&second)).await;
    let copied = gates.judge_signed(&who, &second, approve(&second), key.sign(&made)).await;
    assert_eq!(code(copied), "cloned_passkey");
    assert_eq!(gates.events("passkey.cloned").await.len(), 1);

    // Removed, it signs nothing more.
    key.counter = 50;
    let own = gates.0.engine.passkeys(&who).await.unwrap();
    assert_eq!(code(gates.0.engine.remove_passkey(&other, own[0].id).await), "not_found");
    let made = gates.ask(&who, &second, &approve(&second)).await;
    gates.0.engine.remove_passkey(&who, own[0].id).await.unwrap();
    let gone = gates.judge_signed(&who, &second, approve(&second), key.sign(&made)).await;
    assert_eq!(code(gone), "invalid_assertion");
}

async fn bad_registrations_are_refused(kind: Kind) {
    let gates = Gates::signed(kind, LOOP).await;
    let who = reviewer(1);
    let mut key = Authenticator::es256(1);
    key.origin = "http://tandem.example.org";
    assert_eq!(code(gates.register(&who, &key).await), "invalid_assertion");
    (key.origin, key.flags) = (ORIGIN, 0x01);
    assert_eq!(code(gates.register(&who, &key).await), "invalid_assertion");
    key.flags = 0x05;
    let made = gates.0.engine.passkey_options(&who).await.unwrap();
    let mut cut = key.register(&made);
    cut.attestation.truncate(cut.attestation.len() / 4 * 2);
    assert_eq!(code(gates.0.engine.add_passkey(&who, cut).await), "invalid_assertion");
    // A challenge is for one member, and for one purpose.
    let theirs = gates.0.engine.add_passkey(&reviewer(2), key.register(&made)).await;
    assert_eq!(code(theirs), "challenge_used");
    gates.0.engine.add_passkey(&who, key.register(&made)).await.unwrap();
    let case = gates.submit(5.0).await;
    let asked = gates.ask(&who, &case, &approve(&case)).await;
    let mixed = gates.0.engine.add_passkey(&who, Authenticator::es256(3).register(&asked)).await;
    assert_eq!(code(mixed), "invalid_assertion");
    let subject = SignOffSubject {
        verdict: Verdict::Approve,
        seen: approve(&case).seen.unwrap(),
        answer: None,
    };
    let none = gates.0.engine.sign_off(&reviewer(3), case.core.id, subject).await;
    assert_eq!(code(none), "no_passkey");
}

crate::on_both!(
    a_passkey_signs_what_is_approved,
    bad_assertions_approve_nothing,
    bad_registrations_are_refused,
    standing_in_is_signed_where_calls_are,
    a_batch_is_signed_at_once,
);
