/** Reading the registry's JSON Schemas: which fields a part has, how each is drawn, and what a new part begins with. */
import type { Bi } from '../types'
import type { Json, Registry, Schema, Source } from './types'

export type Widget =
  | 'text' | 'template' | 'expr' | 'icon' | 'tone' | 'page' | 'picture' | 'product' | 'op' | 'path' | 'sheet'
  | 'blocks' | 'actions' | 'parts' | 'part' | 'json' | 'choice' | 'switch' | 'number' | 'words'
export type Tab = 'content' | 'data' | 'display' | 'actions'

export interface Field {
  name: string
  title: Bi
  about: Bi | null
  widget: Widget
  tab: Tab
  required: boolean
  rule: Schema
  /** The part a `part` or `parts` is made of. */
  part: string | null
  choices: Json[]
}

const EXPRESSIONS = new Set(['show', 'enabled', 'repeat', 'test', 'when', 'dot', 'now', 'max_fen'])
const DISPLAY = new Set(['show', 'enabled', 'style', 'columns', 'layout', 'art', 'size', 'tone', 'align', 'card', 'min', 'limit', 'id', 'quiet', 'bars', 'big', 'note_below', 'fallback', 'surface', 'page_size'])
const DATA = new Set(['repeat', 'op', 'args', 'bind', 'into', 'fen', 'rows', 'at', 'now', 'data', 'state', 'params', 'same_as', 'max_fen'])
const PATHS = new Set(['bind', 'into', 'same_as'])

const refName = (ref: string | undefined): string | null => ref?.split('/').at(-1) ?? null

/** Without the null that means "left out". */
function bare(rule: Schema): Schema {
  const kinds = rule.anyOf?.filter((one) => one.type !== 'null')
  return kinds?.length === 1 && kinds[0] ? { ...rule, ...kinds[0], anyOf: undefined } as Schema : rule
}

function widgetOf(name: string, rule: Schema): Widget {
  const said = rule['x-widget'] as Widget | undefined
  if (said) return said
  const one = bare(rule)
  if (one['x-widget']) return one['x-widget'] as Widget
  if (one.enum) return 'choice'
  if (one.type === 'boolean') return 'switch'
  if (one.type === 'integer' || one.type === 'number') return 'number'
  if (one.anyOf?.some((kind) => refName(kind.$ref) === 'Bilingual')) return 'text'
  if (refName(one.$ref) && refName(one.$ref) !== 'AnyBlock') return 'part'
  if (one.type === 'array') return arrayWidget(one)
  if (one.type === 'object') return 'json'
  if (one.type === 'string' || one.anyOf) return stringWidget(name)
  return 'json'
}

function arrayWidget(rule: Schema): Widget {
  const kinds = JSON.stringify(rule.items ?? {})
  if (kinds.includes('"propertyName":"do"') || kinds.includes('/Action')) return 'actions'
  if (kinds.includes('"propertyName":"t"') || kinds.includes('/AnyBlock')) return 'blocks'
  if (refName(rule.items?.$ref)) return 'parts'
  return 'json'
}

function stringWidget(name: string): Widget {
  if (EXPRESSIONS.has(name)) return 'expr'
  if (PATHS.has(name)) return 'path'
  if (name.endsWith('icon')) return 'icon'
  if (name.endsWith('tone')) return 'tone'
  if (name === 'op' || name === 'page') return name
  if (name === 'open') return 'sheet'
  return 'template'
}

function tabOf(name: string, widget: Widget): Tab {
  if (widget === 'actions') return 'actions'
  if (DATA.has(name)) return 'data'
  return DISPLAY.has(name) || widget === 'tone' ? 'display' : 'content'
}

/** The fields of a part, in the order the protocol names them. Constants that say what it is are left out. */
export function fields(schema: Schema, skip: ReadonlySet<string> = new Set()): Field[] {
  const required = new Set(schema.required ?? [])
  return Object.entries(schema.properties ?? {})
    .filter(([name, rule]) => rule.const === undefined && name !== 'v' && !skip.has(name))
    .map(([name, rule]) => {
      const widget = widgetOf(name, rule)
      const one = bare(rule)
      return {
        name,
        widget,
        rule: one,
        title: rule['x-title'] ?? one['x-title'] ?? { zh: name, en: name },
        about: rule['x-about'] ?? one['x-about'] ?? null,
        tab: tabOf(name, widget),
        required: required.has(name),
        part: refName(widget === 'parts' ? one.items?.$ref : one.$ref),
        choices: one.enum ?? [],
      }
    })
}

/** The schema of a named part, a block kind or an action. */
export class Book {
  private readonly blocks: Map<string, Schema>
  private readonly actions: Map<string, Schema>
  constructor(readonly registry: Registry) {
    this.blocks = new Map(registry.blocks.map((entry) => [entry.name, entry.schema]))
    this.actions = new Map(registry.actions.map((entry) => [entry.name, entry.schema]))
  }

  part(name: string): Schema {
    return this.registry.defs[name] ?? {}
  }

  block(kind: string): Schema {
    return this.blocks.get(kind) ?? {}
  }

  action(kind: string): Schema {
    return this.actions.get(kind) ?? {}
  }

  /** What a new part begins with: every member it cannot do without. */
  blank(schema: Schema): Source {
    const made: Source = {}
    for (const field of fields(schema)) if (field.required) made[field.name] = this.start(field)
    for (const [name, rule] of Object.entries(schema.properties ?? {})) if (rule.const !== undefined && name !== 'v') made[name] = rule.const
    return made
  }

  start(field: Field): Json {
    switch (field.widget) {
      case 'text':
        return { zh: '', en: '' }
      case 'switch':
        return false
      case 'number':
        return field.rule.minimum ?? 0
      case 'choice':
        return field.choices[0] ?? ''
      case 'icon':
        return 'doc'
      case 'tone':
        return 'brand'
      case 'part':
        return field.part ? this.blank(this.part(field.part)) : {}
      case 'parts': {
        const least = Math.max(1, field.rule.minItems ?? 1)
        return Array.from({ length: least }, () => (field.part ? this.blank(this.part(field.part)) : {}))
      }
      case 'blocks':
      case 'actions':
        return []
      case 'json':
        return field.rule.type === 'array' ? [] : {}
      default:
        return ''
    }
  }
}
