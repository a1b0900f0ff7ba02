/** Instants as the bank's local time. Shanghai has no summer time, so eight hours are added and nothing is looked up. */
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAYS_EN = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const DAY_MS = 86_400_000
const SHIFT_MS = 8 * 3_600_000
const SHAPE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/

const two = (value: number): string => String(value).padStart(2, '0')

/** A moment on the bank's clock. */
export class Local {
  private readonly at: Date
  constructor(private readonly ms: number) {
    this.at = new Date(ms)
  }

  get year(): number {
    return this.at.getUTCFullYear()
  }
  get dayNumber(): number {
    return Math.floor(this.ms / DAY_MS)
  }
  get dayZh(): string {
    return `${this.at.getUTCMonth() + 1}月${this.at.getUTCDate()}日`
  }
  get dayEn(): string {
    return `${this.at.getUTCDate()} ${MONTHS[this.at.getUTCMonth()]}`
  }
  get weekdayZh(): string {
    return `周${'日一二三四五六'[this.at.getUTCDay()]}`
  }
  get weekdayEn(): string {
    return DAYS_EN[this.at.getUTCDay()] ?? ''
  }
  get time(): string {
    return `${two(this.at.getUTCHours())}:${two(this.at.getUTCMinutes())}`
  }
  get clock(): string {
    return `${this.time}:${two(this.at.getUTCSeconds())}`
  }
  get hour(): number {
    return this.at.getUTCHours()
  }
  get iso(): string {
    return this.at.toISOString().slice(0, 10)
  }
}

/** An ISO date or instant as local time; null when it is neither. */
export function localTime(value: unknown): Local | null {
  if (typeof value !== 'string' || !SHAPE.test(value)) return null
  if (value.length === 10) {
    const ms = Date.parse(`${value}T00:00:00Z`)
    return Number.isNaN(ms) ? null : new Local(ms)
  }
  const ms = Date.parse(/(Z|[+-]\d{2}:\d{2})$/.test(value) ? value : `${value}Z`)
  return Number.isNaN(ms) ? null : new Local(ms + SHIFT_MS)
}

/** Now on the bank's clock. */
export function localNow(): Local {
  return new Local(Date.now() + SHIFT_MS)
}
