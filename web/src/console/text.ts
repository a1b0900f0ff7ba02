/** Amounts, instants and names as the console writes them. */
import { fenText, MINUS } from '../core/money'
import { localTime } from '../core/time'
import { prefs } from './prefs'
import type { Bi } from './types'
import { w, type Word } from './words'

export { fenText, MINUS }

export const bi = (text: Bi): string => (prefs.locale === 'en' ? text.en : text.zh)

export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',')

export const clock = (at: string | null): string => localTime(at)?.clock ?? ''

export function dayTime(at: string | null): string {
  const local = localTime(at)
  return local ? `${local.iso.slice(5)} ${local.clock}` : ''
}

export function dayShort(at: string | null): string {
  const local = localTime(at)
  return local ? `${local.iso.slice(5)} ${local.time}` : ''
}

export const day = (at: string | null): string => localTime(at)?.iso ?? ''

/** `1:42` of what is left, with hours when there are any. */
export function left(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  const [h, m, rest] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, String(s % 60).padStart(2, '0')]
  return h ? `${h}:${String(m).padStart(2, '0')}:${rest}` : `${m}:${rest}`
}

/** An account number in fours, or only its tail. */
export const grouped = (number: string): string => number.replace(/(.{4})(?=.)/g, '$1 ')
export const tail = (number: string): string => `**** ${number.slice(-4)}`

/** An entry's number as people read it to each other: sixteen digits in fours. */
export function entryNo(id: string): string {
  const value = BigInt(`0x${id.replaceAll('-', '')}`) >> 10n
  return grouped((value % 10n ** 16n).toString().padStart(16, '0'))
}

const CODES: Record<number, Word> = {
  101: 'codeTransfer', 102: 'codeFee', 103: 'codeOutside', 104: 'codeInbound', 105: 'codeReturn', 120: 'codeCarried', 121: 'codeInterest',
  122: 'codeTakings', 123: 'codeShopping', 124: 'codeUtility', 125: 'codeTopUp', 126: 'codeCash', 129: 'codeBank',
}

/** What a movement is for, by the code of its posting. */
export function codeName(code: number, kind = 'post'): string {
  if (kind === 'pend') return w('kindPend')
  if (kind === 'void') return w('kindVoid')
  if (kind === 'settle') return w('kindSettle')
  if (kind === 'reverse') return w('kindReverse')
  if (kind === 'part') return w('kindPart')
  if (kind === 'expire') return w('kindExpire')
  if (kind === 'import') return w('kindImport')
  const word = CODES[code]
  return word ? w(word) : w('codeBank')
}

const KINDS: Record<string, Word> = {
  transfer_out: 'codeTransfer', transfer_in: 'lineIn', own_out: 'lineOwn', own_in: 'lineOwn', outside_out: 'codeOutside', outside_in: 'codeInbound',
  returned_in: 'codeReturn', salary: 'lineSalary', pension: 'linePension', interest: 'codeInterest', takings: 'codeTakings',
  shopping: 'codeShopping', medicine: 'lineMedicine', canteen: 'lineCanteen', utility: 'codeUtility', top_up: 'codeTopUp', cash: 'codeCash',
  carried: 'codeCarried', fee: 'codeFee',
}

/** What a statement line is called. */
export function lineName(kind: string, code: number): string {
  const word = KINDS[kind]
  return word && code !== 102 ? w(word) : codeName(code)
}

export function roleName(role: string): string {
  const words: Record<string, Word> = {
    teller: 'roleTeller', risk_officer: 'roleRisk', supervisor: 'roleSupervisor', auditor: 'roleAuditor', centre_ops: 'roleCentre',
  }
  const word = words[role]
  return word ? w(word) : role
}

export function dutyOf(role: string): string {
  const words: Record<string, Word> = {
    teller: 'dutyTeller', risk_officer: 'dutyRisk', supervisor: 'dutySupervisor', auditor: 'dutyAuditor', centre_ops: 'dutyCentre',
  }
  const word = words[role]
  return word ? w(word) : ''
}

/** An amount with its currency, unless that is the yuan. */
export const money = (fen: number, currency: string): string => (currency === 'CNY' ? fenText(fen) : `${currency} ${fenText(fen)}`)

export const signed = (fen: number): string => (fen > 0 ? `+${fenText(fen)}` : fenText(fen))
