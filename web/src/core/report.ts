/** What the bank hears of how its pages do: how often each was opened, how often something on it failed, and which kind. Never content. */
import { ask } from './net'

interface Count {
  opens: number
  errors: number
  first: string
}

const EVERY_MS = 20_000
const PAGES_MAX = 50
let counts = new Map<string, Count>()

function of(page: string): Count {
  const count = counts.get(page) ?? { opens: 0, errors: 0, first: '' }
  if (counts.size < PAGES_MAX) counts.set(page, count)
  return count
}

export function opened(page: string): void {
  of(page).opens += 1
}

/** Something of kind `what` (a block, an action) broke on a page. */
export function broke(page: string, what: string): void {
  const count = of(page)
  count.errors += 1
  count.first ||= what
}

/** Send what was counted; what could not be sent is counted on. */
export async function send(): Promise<void> {
  if (!counts.size) return
  const sent = counts
  counts = new Map()
  const items = Array.from(sent, ([page, count]) => ({ page, ...count }))
  try {
    await ask('pages.report', { items })
  } catch {
    for (const [page, count] of sent) {
      const now = of(page)
      Object.assign(now, { opens: now.opens + count.opens, errors: now.errors + count.errors, first: count.first || now.first })
    }
  }
}

export function keepReporting(): void {
  setInterval(() => void send(), EVERY_MS)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && void send())
}
