/** Undo and redo. Typing in one place is one step. */
export interface History<T> {
  past: readonly T[]
  now: T
  future: readonly T[]
  /** Where the last change was; another change there joins it. */
  tag: string | null
}

const STEPS_MAX = 200

export const begin = <T>(now: T): History<T> => ({ past: [], now, future: [], tag: null })

export function change<T>(history: History<T>, now: T, tag: string | null = null): History<T> {
  if (now === history.now) return history
  const joins = tag !== null && tag === history.tag && history.past.length > 0
  const past = joins ? history.past : [...history.past, history.now].slice(-STEPS_MAX)
  return { past, now, future: [], tag }
}

export function undo<T>(history: History<T>): History<T> {
  const last = history.past.at(-1)
  if (last === undefined) return history
  return { past: history.past.slice(0, -1), now: last, future: [history.now, ...history.future], tag: null }
}

export function redo<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future
  if (next === undefined) return history
  return { past: [...history.past, history.now], now: next, future, tag: null }
}
