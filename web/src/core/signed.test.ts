import { beforeEach, expect, test, vi } from 'vitest'
import { canonical, genuine } from './signed'

const FACTS = { v: 1, locale: 'zh-CN', pages: { home: 'ab', about: 'cd' }, kill: ['丰收', 'x/"y'] }
const base64 = (raw: ArrayBuffer): string => btoa(String.fromCharCode(...new Uint8Array(raw)))

async function pair(): Promise<{ key: string; sign: (facts: object) => Promise<object> }> {
  const made = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
  return {
    key: base64(await crypto.subtle.exportKey('raw', made.publicKey)),
    sign: async (facts) => {
      const raw = await crypto.subtle.sign('Ed25519', made.privateKey, new TextEncoder().encode(canonical(facts)))
      return { ...facts, sig: base64(raw) }
    },
  }
}

function bankHas(key: string | null): void {
  vi.stubGlobal('fetch', () =>
    key ? Promise.resolve(new Response(JSON.stringify({ ed25519: key }))) : Promise.reject(new TypeError('offline')),
  )
}

beforeEach(() => localStorage.clear())

test('members are sorted and nothing is spaced, as the bank writes it', () => {
  expect(canonical(FACTS)).toBe('{"kill":["丰收","x/\\"y"],"locale":"zh-CN","pages":{"about":"cd","home":"ab"},"v":1}')
})

test('what the bank signed is genuine, and what was changed after is not', async () => {
  const { key, sign } = await pair()
  bankHas(key)
  const signed = await sign(FACTS)

  expect(await genuine(signed)).toBe(true)
  expect(await genuine({ ...signed, pages: { home: 'ee' } })).toBe(false)
  expect(await genuine(FACTS)).toBe(false)
})

test('the key is kept for a start without a network', async () => {
  const { key, sign } = await pair()
  bankHas(key)
  const signed = await sign(FACTS)
  await genuine(signed)
  bankHas(null)

  expect(await genuine(signed)).toBe(true)
  expect(await genuine({ ...signed, v: 2 })).toBe(false)
})

test('a bank with a new key is believed once it says so itself', async () => {
  const [old, next] = [await pair(), await pair()]
  bankHas(old.key)
  await genuine(await old.sign(FACTS))
  const signed = await next.sign(FACTS)

  bankHas(null)
  expect(await genuine(signed)).toBe(false)
  bankHas(next.key)
  expect(await genuine(signed)).toBe(true)
})
