/** A receipt as a picture: drawn from what the block says, never a photograph of the screen, so it looks the same everywhere. */
import type { PageContext } from '../core/context'
import { fenText } from '../core/money'
import { save } from '../core/runtime'
import type { AnyBlock, KVRow, Moment, Receipt } from '../core/schema.gen'
import { bankName } from '../core/session'
import { text } from '../core/values'
import { Refusal } from '../core/net'
import { word } from '../core/words'

const WIDTH = 390
const EDGE = 24
const SCALE = 3
const INK = '#17231C'
const QUIET = '#5E685F'
const PAPER = '#F6F4EC'
const FONT = '"PingFang SC","HarmonyOS Sans SC","MiSans","Microsoft YaHei","Noto Sans CJK SC",sans-serif'

export interface Paper {
  issuer: string
  title: string
  amount: string
  note: string
  rows: [string, string][]
  moments: [string, string][]
}

function receiptOf(blocks: readonly AnyBlock[] | undefined): Receipt | null {
  for (const block of blocks ?? []) {
    if (block.t === 'receipt') return block
    const inner = block.t === 'group' || block.t === 'form' ? receiptOf(block.kids) : null
    if (inner) return inner
  }
  return null
}

/** What stands on the receipt of a page, as words. */
export function paperOf(context: PageContext): Paper | null {
  const block = receiptOf(context.page.blocks)
  if (!block) return null
  const row = (one: KVRow): [string, string] => [context.say(one.k), context.say(one.v)]
  const moment = (one: Moment, own = {}): [string, string] => [context.say(one.text, own), context.say(one.at, own)]
  return {
    issuer: context.say(block.issuer) || bankName(),
    title: context.say(block.title),
    amount: `¥${fenText(context.fill(block.fen))}`,
    note: context.say(block.note),
    rows: block.rows.filter((one) => context.holds(one.show)).map(row),
    moments: [
      ...(block.items ?? []).filter((one) => context.holds(one.show)).map((one) => moment(one)),
      ...context.items(block.repeat).map((item, index) => moment(block.item as Moment, { item, index })),
    ],
  }
}

/** Break a text into lines no wider than `width`. */
function lines(pen: CanvasRenderingContext2D, said: string, width: number): string[] {
  const found: string[] = []
  let line = ''
  for (const sign of said) {
    if (line && pen.measureText(line + sign).width > width) {
      found.push(line)
      line = ''
    }
    line += sign
  }
  return line ? [...found, line] : found
}

export function draw(paper: Paper): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  const pen = canvas.getContext('2d')
  if (!pen) throw new Refusal('UNKNOWN', 'CLIENT.PICTURE', word('unknown'))
  pen.font = `400 14px ${FONT}`
  const rows = paper.rows.map(([name, value]) => ({ name, lines: lines(pen, value, 230) }))
  const height = 272 + rows.reduce((sum, row) => sum + Math.max(1, row.lines.length) * 22 + 12, 0) + paper.moments.length * 30
  canvas.width = WIDTH * SCALE
  canvas.height = height * SCALE
  pen.scale(SCALE, SCALE)
  pen.fillStyle = PAPER
  pen.fillRect(0, 0, WIDTH, height)
  pen.fillStyle = '#FFFFFF'
  pen.beginPath()
  pen.roundRect(12, 12, WIDTH - 24, height - 24, 20)
  pen.fill()
  const brand = getComputedStyle(document.documentElement).getPropertyValue('--c-hero').trim() || '#0A5239'
  const write = (said: string, x: number, y: number, size: number, colour: string, weight = 400, align: CanvasTextAlign = 'left'): void => {
    pen.font = `${weight} ${size}px ${FONT}`
    pen.fillStyle = colour
    pen.textAlign = align
    pen.fillText(said, x, y)
  }
  pen.fillStyle = brand
  pen.beginPath()
  pen.roundRect(12, 12, WIDTH - 24, 52, [20, 20, 0, 0])
  pen.fill()
  write(paper.issuer, EDGE + 4, 44, 16, '#FFFFFF', 600)
  write(paper.title, WIDTH / 2, 112, 17, brand, 600, 'center')
  write(paper.amount, WIDTH / 2, 158, 36, INK, 600, 'center')
  write(paper.note, WIDTH / 2, 186, 14, QUIET, 400, 'center')
  pen.setLineDash([4, 4])
  pen.strokeStyle = '#E6E2D5'
  pen.beginPath()
  pen.moveTo(EDGE + 4, 210)
  pen.lineTo(WIDTH - EDGE - 4, 210)
  pen.stroke()
  let y = 244
  for (const row of rows) {
    write(row.name, EDGE + 6, y, 14, QUIET)
    row.lines.forEach((line, at) => write(line, WIDTH - EDGE - 6, y + at * 22, 14, INK, 400, 'right'))
    y += Math.max(1, row.lines.length) * 22 + 12
  }
  y += 10
  for (const [said, at] of paper.moments) {
    pen.fillStyle = brand
    pen.beginPath()
    pen.roundRect(EDGE + 6, y - 10, 10, 10, [0, 6, 0, 6])
    pen.fill()
    write(said, EDGE + 28, y, 14, INK)
    write(at, WIDTH - EDGE - 6, y, 13, QUIET, 400, 'right')
    y += 30
  }
  return canvas
}

/** Save the receipt of a page as a PNG. */
export async function savePicture(context: PageContext): Promise<void> {
  const paper = paperOf(context)
  if (!paper) throw new Refusal('UNKNOWN', 'CLIENT.PICTURE', word('unknown'))
  const canvas = draw(paper)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (!blob) throw new Refusal('UNKNOWN', 'CLIENT.PICTURE', word('unknown'))
  save(blob, `${text(paper.title) || 'receipt'}.png`)
}
