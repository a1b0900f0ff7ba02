/** Decimals for page expressions: a whole number of the last place, never a float. */
export class Dec {
  constructor(
    readonly units: bigint,
    readonly scale: number,
  ) {}

  static readonly zero = new Dec(0n, 0)

  /** Read a strict decimal text: an optional minus, digits, at most one point with digits on both sides. */
  static parse(text: string): Dec | null {
    if (!/^-?[0-9]{1,30}(\.[0-9]{1,20})?$/.test(text)) return null
    const [whole = '', rest = ''] = text.split('.')
    return new Dec(BigInt(whole + rest), rest.length)
  }

  /** The same value with `scale` places, which must not be fewer than it has. */
  private at(scale: number): bigint {
    return this.units * 10n ** BigInt(scale - this.scale)
  }

  plus(other: Dec): Dec {
    const scale = Math.max(this.scale, other.scale)
    return new Dec(this.at(scale) + other.at(scale), scale)
  }

  times(other: Dec): Dec {
    return new Dec(this.units * other.units, this.scale + other.scale)
  }

  negated(): Dec {
    return new Dec(-this.units, this.scale)
  }

  compare(other: Dec): number {
    const scale = Math.max(this.scale, other.scale)
    const [a, b] = [this.at(scale), other.at(scale)]
    return a < b ? -1 : a > b ? 1 : 0
  }

  /** The whole number this is, or null when it has a fraction. */
  whole(): bigint | null {
    const place = 10n ** BigInt(this.scale)
    return this.units % place === 0n ? this.units / place : null
  }

  /** With exactly `places` decimals, halves to even like Python's quantize. */
  fixed(places: number): string {
    let units = this.units
    if (this.scale > places) {
      const cut = 10n ** BigInt(this.scale - places)
      const sign = units < 0n ? -1n : 1n
      const size = units * sign
      const low = size % cut
      units = size / cut
      if (low * 2n > cut || (low * 2n === cut && units % 2n === 1n)) units += 1n
      units *= sign
    } else {
      units = this.at(places)
    }
    return write(units, places)
  }

  /** Without trailing zeros. */
  toString(): string {
    const shown = write(this.units, this.scale)
    const short = shown.includes('.') ? shown.replace(/0+$/, '').replace(/\.$/, '') : shown
    return short === '-0' ? '0' : short
  }
}

function write(units: bigint, scale: number): string {
  const sign = units < 0n ? '-' : ''
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  return scale ? `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}` : sign + digits
}
