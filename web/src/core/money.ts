/** Money as text. `capitals` follows fengshou/kernel/money.py to the sign. */
import { number } from './values'

export const MINUS = '\u2212'
const DIGITS = '零壹贰叁肆伍陆柒捌玖'
const PLACES = ['', '拾', '佰', '仟']
const GROUPS = ['', '万', '亿', '万亿']

/** Whole fen as yuan with commas and two decimals; '--' when unknown. */
export function fenText(value: unknown): string {
  const fen = number(value)?.whole()
  if (fen === null || fen === undefined) return '--'
  const size = fen < 0n ? -fen : fen
  const whole = (size / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ',')
  return `${fen < 0n ? MINUS : ''}${whole}.${(size % 100n).toString().padStart(2, '0')}`
}

/** With a plus before what comes in. */
export function signed(value: unknown): string {
  const fen = number(value)?.whole()
  return (fen !== null && fen !== undefined && fen > 0n ? '+' : '') + fenText(value)
}

/** Whole fen in capital Chinese numerals; '' when unknown, negative or from a trillion yuan. */
export function capitals(value: unknown): string {
  const fen = number(value)?.whole()
  if (fen === null || fen === undefined || fen < 0n || fen >= 10n ** 14n) return ''
  const yuan = fen / 100n
  const [jiao, cent] = [Number((fen / 10n) % 10n), Number(fen % 10n)]
  const head = yuan ? `${whole(yuan)}元` : ''
  if (!jiao && !cent) return `${head || '零元'}整`
  const gap = yuan && (!jiao || yuan % 10n === 0n) ? '零' : ''
  return `${head}${gap}${jiao ? `${DIGITS[jiao]}角` : ''}${cent ? `${DIGITS[cent]}分` : '整'}`
}

function whole(value: bigint): string {
  let words = ''
  let zero = false
  for (let group = 3; group >= 0; group -= 1) {
    const part = Number((value / 10n ** BigInt(4 * group)) % 10000n)
    if (!part) {
      zero ||= words !== ''
      continue
    }
    if (words && (zero || part < 1000)) words += '零'
    words += thousand(part) + GROUPS[group]
    zero = false
  }
  return words
}

function thousand(part: number): string {
  let words = ''
  let zero = false
  for (let place = 3; place >= 0; place -= 1) {
    const digit = Math.floor(part / 10 ** place) % 10
    if (digit) {
      words += (zero && words ? '零' : '') + DIGITS[digit] + PLACES[place]
      zero = false
    } else {
      zero = true
    }
  }
  return words
}
