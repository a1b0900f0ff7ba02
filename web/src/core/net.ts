/** Asking the bank. One way out: POST /api/app/<op>, or /api/console/<op> on a desk; every refusal comes back as a Refusal with a sentence to show. */
import { reactive } from 'vue'
import { env } from './env'
import { KIT } from './schema.gen'
import { word } from './words'

export type RefusalKind =
  'INVALID' | 'MISSING' | 'CONFLICT' | 'REFUSED' | 'STEP_UP' | 'WAITING' | 'BUSY' | 'OFFLINE' | 'UNKNOWN'

export class Refusal extends Error {
  constructor(
    readonly kind: RefusalKind,
    readonly code: string,
    readonly text: string,
    readonly facts: Record<string, unknown> = {},
    readonly status = 0,
  ) {
    super(code)
  }

  /** Whether the session is over. Proof for one order, or for a new phone at log-in, is something else. */
  get ended(): boolean {
    return this.kind === 'STEP_UP' && this.code.includes('SESSION')
  }

  /** Whether the bank said how it ended. Anything else may still have happened. */
  get definite(): boolean {
    return ['INVALID', 'MISSING', 'CONFLICT', 'REFUSED'].includes(this.kind)
  }
}

/** Called when the bank says that the session is over. */
let onEnded: (refusal: Refusal) => void = () => undefined
export function whenEnded(listener: (refusal: Refusal) => void): void {
  onEnded = listener
}

const TIMEOUT_MS = 20_000

/** When the bank answered last, by the phone's clock; empty before it ever did. */
export const heard = reactive({ at: '' })

/** Whose operations are asked: the app's, or those of staff where the same blocks stand on a desk. */
const door = { path: '/api/app', client: `app/${KIT}` }
export function speakForStaff(): void {
  Object.assign(door, { path: '/api/console', client: `console/${KIT}` })
}

export interface Ask {
  page?: string
  signal?: AbortSignal
  /** Asked before anybody waits for it: an ended session leads nowhere yet. */
  ahead?: boolean
}

/** The bank's answer to `op`; throws Refusal. */
export async function ask(op: string, args: unknown = {}, how: Ask = {}): Promise<unknown> {
  const patience = AbortSignal.timeout(TIMEOUT_MS)
  let response: Response
  try {
    response = await fetch(`${door.path}/${op}`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: {
        'content-type': 'application/json',
        'accept-language': env.locale,
        'x-fs-client': `${door.client} (${__BUILD__})`,
        ...(how.page ? { 'x-fs-page': how.page } : {}),
      },
      body: JSON.stringify(args, withoutNull),
      signal: how.signal ? AbortSignal.any([patience, how.signal]) : patience,
    })
  } catch (error) {
    if (how.signal?.aborted) throw error
    // Some phones claim a network that leads nowhere.
    if (!patience.aborted) env.online = false
    throw patience.aborted
      ? new Refusal('UNKNOWN', 'CLIENT.TIMEOUT', word('timeout'))
      : new Refusal('OFFLINE', 'CLIENT.OFFLINE', word('offline'))
  }
  env.online = true
  const now = new Date()
  heard.at = `${String(now.getHours()).padStart(2, '0')}:${String(now.getMinutes()).padStart(2, '0')}`
  return read(response).catch((error: unknown) => {
    if (error instanceof Refusal && error.ended && !how.ahead) onEnded(error)
    throw error
  })
}

/** An argument that is null is one that is not given: the bank's own default counts. */
function withoutNull(_: string, value: unknown): unknown {
  return value === null ? undefined : value
}

async function read(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? ''
  const body: unknown = type.includes('json') ? await response.json().catch(() => null) : null
  if (response.ok && !type.includes('problem+json')) return body
  throw refusal(response.status, body)
}

interface Problem {
  code?: string
  kind?: RefusalKind
  title?: string
  detail?: string
  facts?: Record<string, unknown>
  messages?: { zh?: string; en?: string }
}

function refusal(status: number, body: unknown): Refusal {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Problem
  const said = env.locale === 'en' ? problem.messages?.en : problem.messages?.zh
  const text = said ?? problem.detail ?? problem.title ?? word('unknown')
  return new Refusal(problem.kind ?? kindOf(status), problem.code ?? `HTTP.${status}`, text, problem.facts ?? {}, status)
}

function kindOf(status: number): RefusalKind {
  const kinds: Record<number, RefusalKind> = {
    202: 'WAITING', 401: 'STEP_UP', 403: 'REFUSED', 404: 'MISSING', 409: 'CONFLICT', 422: 'INVALID', 429: 'BUSY', 503: 'BUSY',
  }
  return kinds[status] ?? 'UNKNOWN'
}
