/** Passkeys: the bank's options as JSON to the browser's call, and its answer back as JSON. */
import { Refusal } from '../core/net'
import { isObject } from '../core/values'
import { word } from '../core/words'

type Json = Record<string, unknown>

function bytes(text: unknown): ArrayBuffer {
  const base64 = String(text).replaceAll('-', '+').replaceAll('_', '/')
  const raw = atob(base64.padEnd(Math.ceil(base64.length / 4) * 4, '='))
  return Uint8Array.from(raw, (sign) => sign.charCodeAt(0)).buffer
}

function base64url(buffer: ArrayBuffer | null): string | null {
  if (!buffer) return null
  const raw = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('')
  return btoa(raw).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

const credentials = (list: unknown): PublicKeyCredentialDescriptor[] =>
  Array.isArray(list) ? list.filter(isObject).map((one) => ({ ...one, type: 'public-key', id: bytes(one['id']) })) : []

/** The options inside whatever the operation answered: a JSON text, `{publicKey}`, `{options}` or the options. */
function options(given: unknown): Json {
  let found: unknown = typeof given === 'string' ? JSON.parse(given) : given
  for (const name of ['options', 'publicKey']) if (isObject(found) && name in found) found = found[name]
  if (typeof found === 'string') found = JSON.parse(found)
  if (!isObject(found)) throw new Refusal('UNKNOWN', 'CLIENT.PASSKEY', word('passkeyOff'))
  return found
}

export function hasPasskeys(): boolean {
  return 'PublicKeyCredential' in window && isSecureContext
}

async function asked<T>(call: () => Promise<T | null>): Promise<T> {
  if (!hasPasskeys()) throw new Refusal('REFUSED', 'CLIENT.NO_PASSKEY', word('noPasskey'))
  try {
    const found = await call()
    if (found) return found
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
  }
  throw new Refusal('INVALID', 'CLIENT.PASSKEY', word('passkeyOff'))
}

/** Make a passkey on this phone. */
export async function createPasskey(given: unknown): Promise<Json> {
  const wish = options(given)
  const user = wish['user'] as Json
  const made = await asked(
    () =>
      navigator.credentials.create({
        publicKey: {
          ...(wish as unknown as PublicKeyCredentialCreationOptions),
          challenge: bytes(wish['challenge']),
          user: { ...(user as unknown as PublicKeyCredentialUserEntity), id: bytes(user['id']) },
          excludeCredentials: credentials(wish['excludeCredentials']),
        },
      }) as Promise<PublicKeyCredential | null>,
  )
  const response = made.response as AuthenticatorAttestationResponse
  return {
    ...common(made),
    response: {
      clientDataJSON: base64url(response.clientDataJSON),
      attestationObject: base64url(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  }
}

/** Prove with a passkey. */
export async function getPasskey(given: unknown): Promise<Json> {
  const wish = options(given)
  const proof = await asked(
    () =>
      navigator.credentials.get({
        publicKey: {
          ...(wish as unknown as PublicKeyCredentialRequestOptions),
          challenge: bytes(wish['challenge']),
          allowCredentials: credentials(wish['allowCredentials']),
        },
      }) as Promise<PublicKeyCredential | null>,
  )
  const response = proof.response as AuthenticatorAssertionResponse
  return {
    ...common(proof),
    response: {
      clientDataJSON: base64url(response.clientDataJSON),
      authenticatorData: base64url(response.authenticatorData),
      signature: base64url(response.signature),
      userHandle: base64url(response.userHandle),
    },
  }
}

function common(one: PublicKeyCredential): Json {
  return {
    id: one.id,
    rawId: base64url(one.rawId),
    type: one.type,
    authenticatorAttachment: one.authenticatorAttachment,
    clientExtensionResults: one.getClientExtensionResults(),
  }
}
