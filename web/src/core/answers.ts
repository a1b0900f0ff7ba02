/** Answers of the bank kept in memory while they may be shown again. Anything that may move money empties it. */
interface Kept {
  at: number
  value: unknown
}

const KEEP_MS = 5 * 60_000
const kept = new Map<string, Kept>()

export function answerKey(op: string, args: unknown): string {
  return `${op} ${JSON.stringify(args)}`
}

/** What was answered before, with its age in seconds; null when it is too old to be shown at all. */
export function recall(key: string): { value: unknown; age: number } | null {
  const found = kept.get(key)
  if (!found || Date.now() - found.at > KEEP_MS) return null
  return { value: found.value, age: (Date.now() - found.at) / 1000 }
}

export function keep(key: string, value: unknown): void {
  kept.set(key, { at: Date.now(), value })
}

/** Grows whenever what was answered before counts no longer. */
let emptied = 0
export const answersTurn = (): number => emptied

export function emptyAnswers(): void {
  emptied += 1
  kept.clear()
}
