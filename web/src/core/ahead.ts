/** What the first page will ask for, asked for while the session is still on its way; each answer is used once. */
import { answerKey, answersTurn } from './answers'
import { hashOf, pageOf } from './manifest'
import { ask } from './net'

const SIGNED_IN = 'fs.in'
const FRESH_MS = 10_000
interface Coming {
  at: number
  turn: number
  answer: Promise<unknown>
}
const coming = new Map<string, Coming>()

/** Remember whether somebody is signed in here: a stranger's questions would only be refused. */
export function rememberSession(signedIn: boolean): void {
  try {
    localStorage.setItem(SIGNED_IN, signedIn ? '1' : '0')
  } catch {
    // A phone that keeps nothing asks one thing after another.
  }
}

function wasIn(): boolean {
  try {
    return localStorage.getItem(SIGNED_IN) === '1'
  } catch {
    return false
  }
}

/** Ask what `page` is bound to, as far as it hangs on nothing else. */
export async function askAhead(page: string): Promise<void> {
  const hash = hashOf(page)
  if (!hash) return
  const found = await pageOf(hash)
  if (found.auth === 'login' && !wasIn()) return
  for (const data of Object.values(found.data ?? {})) {
    const args = data.args ?? {}
    if (data.when || JSON.stringify(args).includes('{{')) continue
    const answer = ask(data.op, args, { ahead: true })
    answer.catch(() => undefined) // whoever takes it asks again and hears why
    coming.set(answerKey(data.op, args), { at: Date.now(), turn: answersTurn(), answer })
  }
}

/** The answer to a question that was asked ahead; null when it was not, was refused, or somebody acted or waited since. */
export async function takeAhead(key: string): Promise<{ value: unknown } | null> {
  const found = coming.get(key)
  coming.delete(key)
  if (!found || found.turn !== answersTurn() || Date.now() - found.at > FRESH_MS) return null
  return found.answer.then((value) => ({ value }), () => null)
}

export function dropAhead(): void {
  coming.clear()
}
