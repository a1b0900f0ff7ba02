/** What the designer and the phone in its frame tell each other. Both are of one origin; anything else is not listened to. */
import type { Json, Source } from '../console/designer/types'

export interface Draft {
  type: 'fs-draft'
  page: Source
  shell: Source | null
  samples: Record<string, Json>
  locale: 'zh-CN' | 'en'
  elder: boolean
  theme: 'light' | 'dark' | 'hc'
  bank: string
  /** `choose`: a touch chooses a block. `use`: a touch does what it would on a phone. */
  mode: 'choose' | 'use'
  chosen: string
  /** Words on the frame round the chosen block. */
  label: string
  sheet: string | null
}
export interface Audit {
  type: 'fs-audit'
  turn: number
}
export type ToPhone = Draft | Audit

export interface Finding {
  rule: string
  impact: 'minor' | 'moderate' | 'serious' | 'critical'
  help: string
  at: string
  html: string
  /** Of a contrast finding: what it is and what it should be. */
  ratio: string
  wanted: string
}
export type FromPhone =
  | { type: 'fs-ready' }
  | { type: 'fs-picked'; at: string }
  | { type: 'fs-dropped'; at: string; after: boolean; kind: string }
  | { type: 'fs-went'; page: string }
  | { type: 'fs-asked'; op: string }
  | { type: 'fs-findings'; turn: number; items: Finding[]; checked: number }

export function tellDesigner(said: FromPhone): void {
  parent.postMessage(said, location.origin)
}
