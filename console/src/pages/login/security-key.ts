/*
 * WebAuthn, whose browsers of 2023 take bytes where the API has base64url.
 */

type Json = Readonly<Record<string, unknown>>

/** Asks for a new key. Rejects when the person declines, or there is none. */
export async function createKey(options: unknown): Promise<unknown> {
  const asked = options as Json & { readonly user: Json; readonly excludeCredentials?: readonly Json[] }
  const publicKey = {
    ...asked,
    challenge: bytesOf(asked.challenge),
    user: { ...asked.user, id: bytesOf(asked.user.id) },
    excludeCredentials: asked.excludeCredentials?.map(withBytes) ?? [],
  } as unknown as PublicKeyCredentialCreationOptions
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential
  const { clientDataJSON, attestationObject } = made.response as AuthenticatorAttestationResponse
  return answerOf(made, {
    clientDataJSON: textOf(clientDataJSON),
    attestationObject: textOf(attestationObject),
  })
}

/** Lets a known key answer. */
export async function answerByKey(options: unknown): Promise<unknown> {
  const asked = options as Json & { readonly allowCredentials?: readonly Json[] }
  const publicKey = {
    ...asked,
    challenge: bytesOf(asked.challenge),
    allowCredentials: asked.allowCredentials?.map(withBytes) ?? [],
  } as unknown as PublicKeyCredentialRequestOptions
  const given = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential
  const { clientDataJSON, authenticatorData, signature } = given.response as AuthenticatorAssertionResponse
  return answerOf(given, {
    clientDataJSON: textOf(clientDataJSON),
    authenticatorData: textOf(authenticatorData),
    signature: textOf(signature),
  })
}

function answerOf({ id, rawId, type }: PublicKeyCredential, response: object) {
  return { id, rawId: textOf(rawId), type, response, clientExtensionResults: {} }
}

function withBytes(credential: Json) {
  return { ...credential, id: bytesOf(credential.id) }
}

function bytesOf(text: unknown): Uint8Array<ArrayBuffer> {
  const plain = atob(String(text).replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, letter => letter.charCodeAt(0))
}

function textOf(bytes: ArrayBuffer): string {
  const plain = btoa(String.fromCharCode(...new Uint8Array(bytes)))
  return plain.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
