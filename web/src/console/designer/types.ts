/** What the operations for designing and publishing answer; see docs/internals/pages-ops.md. */
import type { Bi } from '../types'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type Source = { [key: string]: Json }
export type ItemKind = 'page' | 'override' | 'shell' | 'theme'
export type State = 'draft' | 'in_review' | 'approved' | 'gray' | 'live' | 'retired' | 'refused' | 'discarded'

export interface Gray {
  banks: number[]
  tags: string[]
  percent: number
  staff: boolean
  error_rate_max: string
  opens_least: number
}
export interface Version {
  id: string
  bank: number
  branch: string
  kind: ItemKind
  item: string
  number: number
  revision: number
  state: State
  note: string
  title: Bi
  author: string
  mine: boolean
  checker: string
  made_at: string
  changed_at: string
  decided_at: string | null
  live_at: string | null
  retired_at: string | null
  base: string
  base_moved: boolean
  start_at: string | null
  stop_at: string | null
  gray: Gray | null
  health: { opens: number; errors: number; rate: string } | null
  stopped: string
  comments: number
}
export interface Row {
  item: string
  kind: ItemKind
  title: Bi
  tab: string | null
  auth: string
  layer: 'shipped' | 'province' | 'bank' | 'branch'
  live: Version | null
  gray: Version | null
  open: Version[]
  overridden_by: number[]
}
export interface Problem {
  item: string
  at: string
  code: string
  text: Bi
  todo: Bi
  level: 'error' | 'warning'
}
export interface SourceAnswer {
  version: Version | null
  kind: ItemKind
  item: string
  source: Source
  hash: string
  problems: Problem[]
}
export interface Saved {
  version: Version
  source?: Source
  problems: Problem[]
}
export interface Change {
  at: string
  change: 'added' | 'removed' | 'changed' | 'moved'
  words: Bi
  before: string
  after: string
}
export interface Comment {
  id: string
  at: string
  text: string
  author: string
  mine: boolean
  made_at: string
  done: boolean
}
export interface Pick {
  value: string
  title: Bi
  note: Bi
  picture?: string
}
/** A JSON Schema of the registry, with what says how to draw it. */
export interface Schema {
  $ref?: string
  type?: string
  const?: Json
  enum?: Json[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  patternProperties?: Record<string, Schema>
  discriminator?: { propertyName: string; mapping: Record<string, string> }
  default?: Json
  title?: string
  description?: string
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  maxLength?: number
  'x-widget'?: string
  'x-title'?: Bi
  'x-about'?: Bi
}
export interface Entry {
  name: string
  surface: 'mobile' | 'console' | 'both'
  group: 'show' | 'ask' | 'act' | 'frame' | 'desk'
  icon: string
  title: Bi
  about: Bi
  min: number
  schema: Schema
  example: Source
}
export interface Registry {
  protocol: number
  kit: number
  blocks: Entry[]
  actions: Entry[]
  defs: Record<string, Schema>
  functions: { name: string; args: string; about: Bi }[]
  scope: { name: string; about: Bi }[]
  icons: string[]
  tones: string[]
  themes: { name: string; title: Bi }[]
}
