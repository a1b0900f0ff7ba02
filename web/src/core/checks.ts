/** Checks of what is typed, before the bank checks again. Each answers with the word for what is wrong, or null. */
import type { Word } from './words'

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const MARKS = '10X98765432'

/** A Chinese resident's identity number: 17 digits and a check sign. */
export function isIdNumber(text: string): boolean {
  if (!/^\d{17}[\dX]$/.test(text)) return false
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(text[at]), 0)
  return MARKS[sum % 11] === text[17]
}

/** A card or account number: 12 to 19 digits; ours, which begin with 629 and have 19, also hold the Luhn digit. */
export function isAccount(text: string): boolean {
  if (!/^\d{12,19}$/.test(text)) return false
  return !(text.startsWith('629') && text.length === 19) || luhn(text)
}

function luhn(text: string): boolean {
  const sum = Array.from(text).reverse().reduce((total, sign, at) => {
    const digit = Number(sign) * (at % 2 ? 2 : 1)
    return total + (digit > 9 ? digit - 9 : digit)
  }, 0)
  return sum % 10 === 0
}

export function wrongLine(kind: string, text: string): Word | null {
  if (kind === 'phone' && !/^1[3-9]\d{9}$/.test(text)) return 'phoneBad'
  if (kind === 'id_number' && !isIdNumber(text)) return 'idBad'
  if (kind === 'account' && !isAccount(text)) return 'accountBad'
  if (kind === 'email' && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(text)) return 'emailBad'
  return null
}

/** What the bank keeps of what was typed: no spaces in numbers, a capital X in an identity number. */
export function cleanLine(kind: string, text: string): string {
  if (kind === 'phone' || kind === 'account' || kind === 'digits') return text.replace(/\D/g, '')
  if (kind === 'id_number') return text.toUpperCase().replace(/[^0-9X]/g, '')
  return text
}

/** With the spaces people read numbers by. */
export function shownLine(kind: string, text: string): string {
  if (kind === 'phone') return [text.slice(0, 3), text.slice(3, 7), text.slice(7, 11)].filter(Boolean).join(' ')
  if (kind === 'account') return text.match(/.{1,4}/g)?.join(' ') ?? ''
  if (kind === 'id_number') return [text.slice(0, 6), text.slice(6, 14), text.slice(14, 18)].filter(Boolean).join(' ')
  return text
}

/** An amount as it is being typed: digits, one point, two decimals, nothing beyond a hundred million. */
export function typedAmount(before: string, next: string): string {
  const text = next.replaceAll(',', '')
  if (text === '') return ''
  if (!/^(\d{1,9})?(\.\d{0,2})?$/.test(text)) return before
  const [whole = '', rest] = text.split('.')
  const shown = whole.replace(/^0+(?=\d)/, '') || '0'
  return rest === undefined ? shown : `${shown}.${rest}`
}

/** With commas, keeping a point that was just typed. */
export function shownAmount(text: string): string {
  const [whole = '', rest] = text.split('.')
  const commas = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return rest === undefined ? commas : `${commas}.${rest}`
}

/** `1200` and `1200.5` as `1200.00` and `1200.50`. */
export function fullAmount(text: string): string {
  if (text === '') return ''
  const [whole = '0', rest = ''] = text.split('.')
  return `${whole}.${rest.padEnd(2, '0')}`
}
