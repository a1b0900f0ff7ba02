/** The trial balance as tables write it: amounts on the side where a subject normally stands. */
import { fenText } from './text'
import type { SubjectRow, Trial, TrialBlock } from './types'

/** The side a subject's balance is written on; what stands on either side is written where it stands now. */
export function sideOf(row: SubjectRow): 'debit' | 'credit' {
  if (row.side !== 'either') return row.side
  return row.closing_fen > 0 || (row.closing_fen === 0 && row.opening_fen > 0) ? 'credit' : 'debit'
}

/** A signed balance (credit positive) seen from a side: positive when it stands there. */
export const seen = (fen: number, side: 'debit' | 'credit'): number => (side === 'credit' ? fen : fen === 0 ? 0 : -fen)

/** What all debit balances come to, which is what all credit balances come to. */
export function total(items: readonly SubjectRow[], column: 'opening_fen' | 'closing_fen'): number {
  return items.reduce((sum, row) => sum + Math.max(0, -row[column]), 0)
}

/** What a block's parts miss zero by: its balances, or its turnover. */
export const missing = (block: TrialBlock): number => block.sum_fen || block.debit_fen - block.credit_fen

/** Every subject once, whatever it stands in. */
export function subjectsOf(table: Trial | null): SubjectRow[] {
  return [...new Map((table?.blocks ?? []).flatMap((block) => block.items).reverse().map((row) => [row.subject, row])).values()].sort((a, b) => a.subject.localeCompare(b.subject))
}

/** The table as a spreadsheet reads it. */
export function trialCsv(table: Trial): string {
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
  const plain = (fen: number): string => fenText(fen).replaceAll(',', '').replace('\u2212', '-')
  const rows = table.blocks.flatMap((block) => block.items.map((row) => {
    const side = sideOf(row)
    return [
      block.currency, row.subject, quoted(row.name.zh), quoted(row.name.en), side, plain(seen(row.opening_fen, side)), plain(row.debit_fen), plain(row.credit_fen),
      plain(seen(row.closing_fen, side)),
    ].join(',')
  }))
  return ['currency,subject,name_zh,name_en,side,opening,debit,credit,closing', ...rows].join('\r\n')
}
