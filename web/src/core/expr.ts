/** Evaluate page expressions and the `{{expr}}` templates they stand in; the twin of fengshou/pages/expr.py. */
import { FUNCTIONS, type Setting } from './functions'
import { ExpressionError, parse, type Node } from './syntax'
import { Dec } from './decimal'
import { member, number, out, same, text, truthy } from './values'

/** A text no longer than any page needs: what is joined from joined texts would grow without end. Signs, not units. */
const TEXT_MAX = 10_000
function bounded(found: unknown): unknown {
  return typeof found === 'string' && found.length > TEXT_MAX ? Array.from(found).slice(0, TEXT_MAX).join('') : found
}

/** Looks a name up; null or undefined when there is none. */
export type Scope = (name: string) => unknown

const HOLE = /\{\{((?:(?!\}\})[\s\S])*)\}\}/g
const WHOLE = /^\{\{((?:(?!\}\})[\s\S])*)\}\}$/
const trees = new Map<string, Node>()

/** A scope over the own members of an object. */
export function over(box: Record<string, unknown>): Scope {
  return (name) => (Object.hasOwn(box, name) ? box[name] : null)
}

function compiled(source: string): Node {
  let tree = trees.get(source)
  if (!tree) {
    tree = parse(source)
    known(tree)
    trees.set(source, tree)
  }
  return tree
}

function known(node: Node): void {
  if (node.op === 'call' && !FUNCTIONS.has(String(node.value))) throw new ExpressionError(`no function ${node.value}`)
  node.kids.forEach(known)
}

export function evaluate(source: string, scope: Scope, setting: Setting): unknown {
  return out(value(compiled(source), scope, setting))
}

export function test(source: string, scope: Scope, setting: Setting): boolean {
  return truthy(value(compiled(source), scope, setting))
}

/** `template` with its holes filled; one whole hole keeps the value's type. */
export function fill(template: string, scope: Scope, setting: Setting): unknown {
  const whole = WHOLE.exec(template)
  if (whole) return evaluate(whole[1] ?? '', scope, setting)
  return template.replace(HOLE, (_, source: string) => text(evaluate(source, scope, setting)))
}

/** JSON with every text in it filled. */
export function fillAll(json: unknown, scope: Scope, setting: Setting): unknown {
  if (typeof json === 'string') return fill(json, scope, setting)
  if (Array.isArray(json)) return json.map((item) => fillAll(item, scope, setting))
  if (typeof json === 'object' && json !== null) {
    return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, fillAll(item, scope, setting)]))
  }
  return json
}

function value(node: Node, scope: Scope, setting: Setting): unknown {
  const kid = (at: number): unknown => value(node.kids[at] as Node, scope, setting)
  switch (node.op) {
    case 'value':
      return node.value
    case 'name':
      return scope(String(node.value)) ?? null
    case 'list':
      return node.kids.map((one) => value(one, scope, setting))
    case 'call':
      return bounded(FUNCTIONS.get(String(node.value))?.(setting, node.kids.map((one) => value(one, scope, setting))) ?? null)
    case 'not':
      return !truthy(kid(0))
    case 'neg':
      return number(kid(0))?.negated() ?? null
    case '?':
      return truthy(kid(0)) ? kid(1) : kid(2)
    case '&&': {
      const left = kid(0)
      return truthy(left) ? kid(1) : left
    }
    case '||': {
      const left = kid(0)
      return truthy(left) ? left : kid(1)
    }
    case '??':
      return kid(0) ?? kid(1)
    default:
      return binary(node.op, kid(0), kid(1))
  }
}

function binary(op: string, left: unknown, right: unknown): unknown {
  switch (op) {
    case 'get':
      return member(left, right)
    case '==':
      return same(left, right)
    case '!=':
      return !same(left, right)
    case 'in':
      return Array.isArray(right) && right.some((item: unknown) => same(item, left))
  }
  if (op === '+' && (typeof left === 'string' || typeof right === 'string')) return bounded(text(left) + text(right))
  const ordered = ['<', '<=', '>', '>='].includes(op)
  if (ordered && typeof left === 'string' && typeof right === 'string') return compare(op, left < right ? -1 : left > right ? 1 : 0)
  // A text is never silently a number: dec() and to_fen() say so in the page.
  const [a, b] = typeof left === 'string' || typeof right === 'string' ? [null, null] : [number(left), number(right)]
  if (a === null || b === null) return ordered ? false : null
  if (ordered) return compare(op, a.compare(b))
  return op === '+' ? a.plus(b) : op === '-' ? a.plus(b.negated()) : a.times(b)
}

function compare(op: string, sign: number): boolean {
  return op === '<' ? sign < 0 : op === '<=' ? sign <= 0 : op === '>' ? sign > 0 : sign >= 0
}

export { Dec, ExpressionError }
