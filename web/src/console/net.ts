/** Asking the bank from a desk: POST /api/console/<op>; a refusal comes back as one sentence in the reader's language. */
import { Refusal, type RefusalKind } from '../core/net'
import { prefs } from './prefs'
import { w } from './words'

export { Refusal }

const TIMEOUT_MS = 20_000

interface Problem {
  code?: string
  kind?: RefusalKind
  detail?: string
  facts?: Record<string, unknown>
  messages?: { zh?: string; en?: string }
}

let onEnded: () => void = () => undefined
export function whenEnded(listener: () => void): void {
  onEnded = listener
}

/** The answer of `op`; throws Refusal. */
export async function ask<T>(op: string, args: object = {}): Promise<T> {
  let response: Response
  try {
    response = await fetch(`/api/console/${op}`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: {
        'content-type': 'application/json',
        'accept-language': prefs.locale,
        'x-fs-client': `console/1 (${__BUILD__})`,
      },
      body: JSON.stringify(args, (_, value: unknown) => (value === null || value === '' ? undefined : value)),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch {
    throw new Refusal('OFFLINE', 'CLIENT.OFFLINE', w('offline'))
  }
  const body: unknown = await response.json().catch(() => null)
  if (response.ok && response.status !== 202) return body as T
  const refusal = told(response.status, body)
  if (refusal.ended) onEnded()
  throw refusal
}

function told(status: number, body: unknown): Refusal {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Problem
  const said = prefs.locale === 'en' ? problem.messages?.en : problem.messages?.zh
  return new Refusal(
    problem.kind ?? 'UNKNOWN', problem.code ?? `HTTP.${status}`, said ?? problem.detail ?? w('unknown'), problem.facts ?? {}, status,
  )
}
