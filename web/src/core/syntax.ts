/** The grammar of page expressions, the twin of fengshou/pages/syntax.py. */
import { Dec } from './decimal'

const LENGTH_MAX = 600
const DEPTH_MAX = 40

export class ExpressionError extends Error {}

export interface Node {
  op: string
  value?: unknown
  kids: Node[]
}

interface Token {
  kind: 'number' | 'name' | 'string' | 'mark'
  text: string
}

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|('[^']*'|"[^"]*")|(\?\?|&&|\|\||[=!<>]=|[-+*<>!?:.,()[\]]))/y
const LEVELS = [['??'], ['||'], ['&&'], ['==', '!=', 'in'], ['<=', '>=', '<', '>'], ['+', '-'], ['*']]
const WORDS = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
])

function tokens(text: string): Token[] {
  if (text.length > LENGTH_MAX) throw new ExpressionError(`longer than ${LENGTH_MAX} signs`)
  const found: Token[] = []
  const end = text.trimEnd().length
  let at = 0
  while (at < end) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (!match) throw new ExpressionError(`cannot read ${JSON.stringify(text.slice(at, at + 12))}`)
    const kinds: [Token['kind'], string | undefined][] = [
      ['number', match[1]],
      ['name', match[2]],
      ['string', match[3]],
      ['mark', match[4]],
    ]
    for (const [kind, part] of kinds) if (part !== undefined) found.push({ kind, text: part })
    at = TOKEN.lastIndex
  }
  return found
}

/** The tree of `text`; throws ExpressionError. */
export function parse(text: string): Node {
  const reader = new Reader(tokens(text))
  const node = reader.choice(0)
  if (reader.peek() !== null) throw new ExpressionError(`did not expect ${reader.peek()}`)
  return node
}

class Reader {
  private at = 0
  constructor(private readonly found: Token[]) {}

  peek(): string | null {
    const token = this.found[this.at]
    if (!token) return null
    return token.kind === 'string' ? `string ${token.text}` : token.text
  }

  private take(...wanted: string[]): string | null {
    const text = this.peek()
    if (text !== null && wanted.includes(text)) {
      this.at += 1
      return text
    }
    return null
  }

  private need(wanted: string): void {
    if (this.take(wanted) === null) throw new ExpressionError(`expected ${wanted}, found ${this.peek()}`)
  }

  choice(depth: number): Node {
    if (depth > DEPTH_MAX) throw new ExpressionError('nested too deeply')
    const test = this.level(0, depth)
    if (this.take('?') === null) return test
    const yes = this.choice(depth + 1)
    this.need(':')
    return { op: '?', kids: [test, yes, this.choice(depth + 1)] }
  }

  private level(index: number, depth: number): Node {
    const ops = LEVELS[index]
    if (!ops) return this.unary(depth)
    let left = this.level(index + 1, depth)
    for (let op = this.take(...ops); op !== null; op = this.take(...ops)) {
      left = { op, kids: [left, this.level(index + 1, depth)] }
    }
    return left
  }

  private unary(depth: number): Node {
    if (depth > DEPTH_MAX) throw new ExpressionError('nested too deeply')
    const op = this.take('!', '-')
    if (op !== null) return { op: op === '!' ? 'not' : 'neg', kids: [this.unary(depth + 1)] }
    return this.tail(this.atom(depth), depth)
  }

  private tail(start: Node, depth: number): Node {
    let node = start
    for (;;) {
      if (this.take('.') !== null) {
        node = { op: 'get', kids: [node, { op: 'value', value: this.name(), kids: [] }] }
      } else if (this.take('[') !== null) {
        const key = this.choice(depth + 1)
        this.need(']')
        node = { op: 'get', kids: [node, key] }
      } else {
        return node
      }
    }
  }

  private name(): string {
    const token = this.found[this.at]
    if (token?.kind !== 'name') throw new ExpressionError("expected a name after '.'")
    this.at += 1
    return token.text
  }

  private atom(depth: number): Node {
    const token = this.found[this.at]
    if (!token) throw new ExpressionError('ended too early')
    this.at += 1
    if (token.kind === 'number') return { op: 'value', value: Dec.parse(token.text), kids: [] }
    if (token.kind === 'string') return { op: 'value', value: token.text.slice(1, -1), kids: [] }
    if (token.kind === 'name') {
      if (WORDS.has(token.text)) return { op: 'value', value: WORDS.get(token.text), kids: [] }
      if (this.take('(') !== null) return { op: 'call', value: token.text, kids: this.many(')', depth) }
      return { op: 'name', value: token.text, kids: [] }
    }
    if (token.text === '(') {
      const inner = this.choice(depth + 1)
      this.need(')')
      return inner
    }
    if (token.text === '[') return { op: 'list', kids: this.many(']', depth) }
    throw new ExpressionError(`did not expect ${token.text}`)
  }

  private many(end: string, depth: number): Node[] {
    const kids: Node[] = []
    while (this.take(end) === null) {
      if (kids.length) this.need(',')
      kids.push(this.choice(depth + 1))
    }
    return kids
  }
}
