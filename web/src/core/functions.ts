/** The functions a page expression may call, the twin of fengshou/pages/functions.py. Total: wrong input gives null or ''. */
import { capitals, fenText, MINUS, signed } from './money'
import { Dec } from './decimal'
import { Local, localTime } from './time'
import { isObject, member, number, same, text } from './values'

export interface Setting {
  locale: string
  today: string
}

type Fn = (setting: Setting, args: unknown[]) => unknown

const zh = (setting: Setting): boolean => setting.locale.startsWith('zh')
const one = (fn: (value: unknown) => unknown): Fn => (_, args) => fn(args[0] ?? null)
const two = (fn: (a: unknown, b: unknown) => unknown): Fn => (_, args) => fn(args[0] ?? null, args[1] ?? null)

function moment(inZh: (at: Local) => string, inEn: (at: Local) => string = inZh): Fn {
  return (setting, args) => {
    const at = localTime(args[0])
    return at === null ? '' : zh(setting) ? inZh(at) : inEn(at)
  }
}

function dayWord(setting: Setting, args: unknown[]): string {
  const at = localTime(args[0])
  if (at === null) return ''
  const today = localTime(setting.today)
  if (today !== null) {
    const days = today.dayNumber - at.dayNumber
    if (days === 0) return zh(setting) ? '今天' : 'Today'
    if (days === 1) return zh(setting) ? '昨天' : 'Yesterday'
    if (today.year === at.year) return zh(setting) ? at.dayZh : at.dayEn
  }
  return zh(setting) ? `${at.year}年${at.dayZh}` : `${at.dayEn} ${at.year}`
}

function yuan(setting: Setting, value: unknown): string {
  const shown = fenText(value)
  if (zh(setting)) return `${shown} 元`
  return shown.startsWith(MINUS) ? `${MINUS}¥${shown.slice(1)}` : `¥${shown}`
}

function edge(args: unknown[], sign: number): Dec | null {
  const found = args.map(number).filter((value) => value !== null)
  return found.reduce<Dec | null>((best, value) => (best === null || value.compare(best) * sign > 0 ? value : best), null)
}

function slice(args: unknown[]): unknown {
  const [box, start, end] = args
  if (typeof box !== 'string' && !Array.isArray(box)) return ''
  const signs = typeof box === 'string' ? Array.from(box) : box
  const last = number(end)
  const part = signs.slice(Number(number(start)?.whole() ?? 0n), last === null ? undefined : Number(last.whole()))
  return typeof box === 'string' ? part.join('') : part
}

function where(box: unknown, key: unknown, value: unknown): unknown[] {
  return Array.isArray(box) ? box.filter((item: unknown) => same(member(item, key), value)) : []
}

function sum(box: unknown, key: unknown): Dec {
  const found = Array.isArray(box) ? box.map((item: unknown) => number(member(item, key))) : []
  return found.reduce<Dec>((total, value) => (value === null ? total : total.plus(value)), Dec.zero)
}

function toFen(value: unknown): Dec | null {
  const whole = number(value)?.times(new Dec(100n, 0)).whole()
  return whole === null || whole === undefined ? null : new Dec(whole, 0)
}

function length(value: unknown): Dec {
  const size = typeof value === 'string' ? Array.from(value).length : Array.isArray(value) ? value.length : 0
  return new Dec(BigInt(size), 0)
}

function mask(value: unknown): string {
  const shown = text(value)
  return shown.length > 4 ? `**** ${shown.slice(-4)}` : shown
}

function contains(box: unknown, what: unknown): boolean {
  if (typeof box === 'string') return box.includes(text(what))
  return Array.isArray(box) && box.some((item: unknown) => same(item, what))
}

export const FUNCTIONS: ReadonlyMap<string, Fn> = new Map<string, Fn>([
  ['fen', one(fenText)],
  ['yuan', (setting, args) => yuan(setting, args[0] ?? null)],
  ['signed', one(signed)],
  ['capitals', one(capitals)],
  ['dec', one(number)],
  ['to_fen', one(toFen)],
  ['pct', one((value) => number(value)?.times(new Dec(100n, 0)).fixed(2).concat('%') ?? '')],
  ['abs', one((value) => { const n = number(value); return n && n.units < 0n ? n.negated() : n })],
  ['min', (_, args) => edge(args, -1)],
  ['max', (_, args) => edge(args, 1)],
  ['mask', one(mask)],
  ['mask_phone', one((value) => { const s = text(value); return s.length === 11 ? `${s.slice(0, 3)} **** ${s.slice(-4)}` : s })],
  ['group4', one((value) => text(value).replaceAll(' ', '').match(/.{1,4}/gu)?.join(' ') ?? '')],
  ['date', moment((at) => `${at.year}年${at.dayZh}`, (at) => `${at.dayEn} ${at.year}`)],
  ['day', moment((at) => at.dayZh, (at) => at.dayEn)],
  ['weekday', moment((at) => at.weekdayZh, (at) => at.weekdayEn)],
  ['time', moment((at) => at.time)],
  ['clock', moment((at) => at.clock)],
  ['datetime', moment((at) => `${at.dayZh} ${at.time}`, (at) => `${at.dayEn} ${at.time}`)],
  ['day_word', dayWord],
  ['len', one(length)],
  ['trim', one((value) => text(value).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''))],
  ['digits', one((value) => text(value).replace(/[^0-9]/g, ''))],
  ['contains', two(contains)],
  ['starts', two((box, head) => text(box).startsWith(text(head)))],
  ['slice', (_, args) => slice(args)],
  ['join', two((box, glue) => (Array.isArray(box) ? box.map(text).join(text(glue)) : ''))],
  ['first', one((box) => member(box, new Dec(0n, 0)))],
  ['where', (_, args) => where(args[0], args[1], args[2] ?? null)],
  ['find', (_, args) => where(args[0], args[1], args[2] ?? null)[0] ?? null],
  ['sum', two(sum)],
  ['pick', (setting, args) => (zh(setting) ? args[0] : args[1]) ?? null],
  ['lang', (setting, args) => (isObject(args[0]) ? member(args[0], zh(setting) ? 'zh' : 'en') : null)],
])
