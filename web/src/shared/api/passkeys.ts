import { api } from "./client";
import { ApiError } from "./error";
import type { JsonObject, Verdict } from "./types";

/** What the server wants signed; binary parts are base64url. */
export type PasskeyChallenge = {
  challenge: string;
  nonce: string;
  rp_id: string;
  origin: string;
  credentials: string[];
};

export type Passkey = {
  id: string;
  name: string;
  algorithm: string;
  created_at: string;
  last_used_at: string | null;
};

export type Assertion = {
  nonce: string;
  credential: string;
  client_data: string;
  authenticator_data: string;
  signature: string;
};

export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (character) => character.charCodeAt(0));
}

export function toText(bytes: ArrayBuffer): string {
  const raw = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Why no passkey can be used on this page; null where one can. */
export function hindrance(made: Pick<PasskeyChallenge, "origin">): string | null {
  if (!window.isSecureContext || !("credentials" in navigator)) return "This browser has no passkeys here.";
  if (location.origin !== made.origin) return `Passkeys work at ${made.origin}: open Tandem there.`;
  return null;
}

/** Has a passkey sign what is approved. */
export function signOff(
  caseId: string,
  said: { verdict: Verdict; seen: string; answer?: JsonObject },
): Promise<Assertion> {
  return signed(`/v1/cases/${caseId}/sign-off`, said);
}

/** Asks a page of the server for a challenge over `body`, and has a passkey sign it. */
export async function signed(path: string, body: object): Promise<Assertion> {
  const made = await api.post<PasskeyChallenge>(path, body);
  const hindered = hindrance(made);
  if (hindered) throw new ApiError(422, "no_passkey_here", hindered);
  const found = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: toBytes(made.challenge),
        rpId: made.rp_id,
        allowCredentials: made.credentials.map((id) => ({ type: "public-key", id: toBytes(id) })),
        userVerification: "required",
      },
    }),
  );
  const response = found.response as AuthenticatorAssertionResponse;
  return {
    nonce: made.nonce,
    credential: toText(found.rawId),
    client_data: toText(response.clientDataJSON),
    authenticator_data: toText(response.authenticatorData),
    signature: toText(response.signature),
  };
}

/** Makes a passkey and registers it. */
export async function registerPasskey(name: string, member: { id: string; name: string; email: string }) {
  const made = await api.post<PasskeyChallenge>("/v1/passkeys/options");
  const hindered = hindrance(made);
  if (hindered) throw new ApiError(422, "no_passkey_here", hindered);
  const found = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        challenge: toBytes(made.challenge),
        rp: { id: made.rp_id, name: "Tandem" },
        user: { id: new TextEncoder().encode(member.id), name: member.email, displayName: member.name },
        pubKeyCredParams: [
          { type: "public-key", alg: -7 },
          { type: "public-key", alg: -8 },
        ],
        excludeCredentials: made.credentials.map((id) => ({ type: "public-key", id: toBytes(id) })),
        authenticatorSelection: { userVerification: "required" },
        attestation: "none",
      },
    }),
  );
  const response = found.response as AuthenticatorAttestationResponse;
  return api.post<Passkey>("/v1/passkeys", {
    name,
    nonce: made.nonce,
    client_data: toText(response.clientDataJSON),
    attestation: toText(response.attestationObject),
  });
}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const found = await ask();
    if (found) return found as PublicKeyCredential;
  } catch (error) {
    if (error instanceof DOMException && error.name === "InvalidStateError")
      throw new ApiError(422, "known_passkey", "This passkey is registered already.");
    if (!(error instanceof DOMException)) throw error;
  }
  throw new ApiError(422, "not_signed", "The passkey did not sign.");
}
