/** Which readers this phone's customer belongs to, as the bank says it; everybody until it does. */
import { ask, Refusal } from './net'

const KEY = 'fs.cohort'
let now = kept()

function kept(): string {
  try {
    return localStorage.getItem(KEY) ?? ''
  } catch {
    return ''
  }
}

export const cohort = (): string => now

/** Ask the bank; true when it is another one than before. */
export async function loadCohort(): Promise<boolean> {
  const before = now
  try {
    now = ((await ask('pages.cohort')) as { cohort?: string } | null)?.cohort ?? ''
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return false // a bank that does not answer leaves what was known
  }
  try {
    localStorage.setItem(KEY, now)
  } catch {
    // A phone that keeps nothing asks again next time.
  }
  return now !== before
}
