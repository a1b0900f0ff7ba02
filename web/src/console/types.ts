/** What the console's operations answer; see docs/internals/console-ops.md. Amounts are fen. */
import type { Page } from '../core/schema.gen'

export interface Bi {
  zh: string
  en: string
}
export interface Bank {
  bank: number
  slug: string
  name: Bi
  short: Bi
  county: Bi
  city: Bi
  theme: string
}
export interface Staff {
  id: string
  name: string
  login: string
  roles: string[]
  bank: Bank
  centre: boolean
}
export interface Me {
  signed_in: boolean
  demo: boolean
  business_date: string
  now: string
  may: string[]
  staff: Staff | null
}
/** A desk of content in the rail, and its page. */
export interface DeskTile {
  key: string
  title: Bi
  short: Bi
  icon: string
  order: number
}
export interface DeskShow {
  key: string
  hash: string
  page: Page
}
export interface Tile {
  id: string
  name: string
  note: Bi
  bank_name: Bi
}
export interface BankRow {
  bank: Bank
  customers: number
  deposits_fen: number
  accounts: number
  position: number
  balanced: boolean
}
export interface BankRows {
  items: BankRow[]
  customers: number
  accounts: number
  deposits_fen: number
  balanced: boolean
}
export interface BankView {
  row: BankRow
  branches: { number: string; name: Bi }[]
  staff: { id: string; name: string; login: string; roles: string[]; active: boolean }[]
}
export interface Hit {
  id: string
  name_masked: string
  phone_masked: string
  birth_year: number | null
  home_bank_name: Bi
  accounts: number
}
export interface AccountRow {
  number: string
  bank: number
  bank_name: Bi
  class: 1 | 2 | 3
  status: string
  opened_on: string
  posted_fen: number
  available_fen: number
  held_fen: number
}
export interface OrderRow {
  id: string
  state: string
  reach: string
  payee_masked: string
  payee_tail: string
  amount_fen: number
  fee_fen: number
  at: string
}
export interface Customer {
  id: string
  home_bank_name: Bi
  name: string
  real_name: string
  phone_masked: string
  id_number_masked: string
  birth_year: number | null
  age: number | null
  elder: boolean
  status: string
  joined_at: string
  accounts: AccountRow[]
  orders: OrderRow[]
}
export interface StatementLine {
  position: number
  at: string
  kind: string
  code: number
  other_masked: string
  other_tail: string
  delta_fen: number
  balance_fen: number
}
export interface Statement {
  number: string
  items: StatementLine[]
  next: number | null
}
export type BookSide = 'debit' | 'credit' | 'either'
export interface SubjectRow {
  subject: string
  name: Bi
  group: string
  side: BookSide
  opening_fen: number
  debit_fen: number
  credit_fen: number
  closing_fen: number
  accounts: number
}
export interface TrialBlock {
  currency: string
  items: SubjectRow[]
  opening_sum_fen: number
  debit_fen: number
  credit_fen: number
  sum_fen: number
}
export interface Trial {
  bank: number
  bank_name: Bi
  day: string
  at: string
  position: number
  /** The yuan first; currencies are never added up. */
  blocks: TrialBlock[]
  balanced: boolean
}
export interface Period {
  kind: 'day' | 'month'
  first_on: string
  last_on: string
  status: 'open' | 'closing' | 'closed'
  position: number | null
  debit_fen: number | null
  credit_fen: number | null
  changed_at: string
  changed_by: string
}
export interface Reopening {
  id: string
  day: string
  reason: string
  asked_by: string
  asked_at: string
  mine: boolean
  state: 'asked' | 'agreed' | 'refused' | 'withdrawn'
  lapsed: boolean
  decided_by: string
  decided_at: string | null
  answer: string
}
export interface Closings {
  bank: number
  bank_name: Bi
  today: string
  closed_to: string | null
  quarter_on: string | null
  quarter_due: string
  own: boolean
  items: Period[]
  next: string | null
  asked: Reopening[]
}
export interface Hours {
  bank: number
  day: string
  hours: number[]
  rows: number
  complete: boolean
}
export interface AccountSide {
  account: string
  subject: string
  name: Bi
  tail: string
  holder: Bi
}
export interface JournalRow {
  bank: number
  position: number
  entry: string
  kind: string
  at: string
  posted_at: string
  currency: string
  debit: AccountSide
  credit: AccountSide
  fen: number
  code: number
  debit_balance_fen: number
  credit_balance_fen: number
}
export interface Journal {
  bank: number
  items: JournalRow[]
  next: number | null
}
export interface EntryView {
  entry: string
  items: JournalRow[]
  bank_names: Record<string, Bi>
  others: number
}
export type CaseState = 'open' | 'released' | 'refused' | 'expired'
export interface Case {
  id: string
  bank: number
  bank_name: Bi
  fen: number
  state: CaseState
  desk: string
  score: number
  opened_at: string
  due_at: string
  claimed_by: string
  mine: boolean
  rules: string[]
  why: Bi[]
  payer_masked: string
  payee_masked: string
}
export interface Why {
  rule: string
  action: string
  score: number
  words: Bi
}
export type FactValue = number | boolean | string | null
export interface Fact {
  name: string
  words: Bi
  value: FactValue
}
export interface Proposal {
  id: string
  bank: number
  act: 'payment.release' | 'payment.refuse'
  subject: string
  reason: string
  state: 'open' | 'approved' | 'refused' | 'withdrawn' | 'expired'
  maker: string
  mine: boolean
  made_at: string
  expires_at: string
  checker: string | null
  checker_role: string
  decided_at: string | null
  answer: string
}
export interface CaseView {
  case: Case
  payment: {
    state: string
    reach: string
    from_number: string
    payee_name: string
    payee_number: string
    payee_bank: string
    payee_bank_name: Bi
    amount_fen: number
    fee_fen: number
    memo: string
    at: string
    hold_until: string | null
  }
  payer: {
    id: string
    name: string
    age: number | null
    elder: boolean
    phone_masked: string
    home_bank_name: Bi
    joined_at: string
    posted_fen: number
    available_fen: number
    held_fen: number
  }
  why: Why[]
  facts: Fact[]
  events: { at: string; who: string; act: string; note: string }[]
  proposal: Proposal | null
}
export interface ClockState {
  now: string
  business_date: string
  ahead_s: number
  movable: boolean
}
