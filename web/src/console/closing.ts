/** Which days and months of a book can be closed next. Days are ISO text, which sorts as they do. */
import type { Closings } from './types'

const DAY_MS = 86_400_000
const MONTHS_SHOWN = 12

const shift = (day: string, days: number): string => new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)

export const dayAfter = (day: string): string => shift(day, 1)

/** Yesterday; nothing when it is closed: today, which goes on, one closes on purpose. */
export function dayToClose(view: Pick<Closings, 'closed_to' | 'today'>): string {
  const yesterday = shift(view.today, -1)
  return view.closed_to === null || view.closed_to < yesterday ? yesterday : ''
}

/** Months whose days are all closed and which are not, newest first, as far back as the page shows. */
export function monthsToClose(view: Pick<Closings, 'closed_to' | 'items'>): string[] {
  if (view.closed_to === null) return []
  const closed = new Set(view.items.filter((one) => one.kind === 'month' && one.status === 'closed').map((one) => one.first_on.slice(0, 7)))
  const months: string[] = []
  // The month of the day after the last closed one is not over.
  let first = `${dayAfter(view.closed_to).slice(0, 7)}-01`
  for (let n = 0; n < MONTHS_SHOWN; n += 1) {
    const month = shift(first, -1).slice(0, 7)
    if (!closed.has(month)) months.push(month)
    first = `${month}-01`
  }
  return months
}
