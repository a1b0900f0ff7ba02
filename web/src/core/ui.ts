/** What may stand over any page: a short sentence, a question, the step-up sheet. */
import { reactive } from 'vue'
import type { Refusal } from './net'

interface Question {
  title: string
  text: string
  yes: string
  no: string | null
  danger: boolean
  answer: (yes: boolean) => void
}

export interface StepUp {
  order: string
  methods: string[]
  /** What was proved for this order before. */
  proved: string[]
  answer: (passed: boolean) => void
}

export const ui = reactive({
  toast: null as { text: string; icon: string; id: number } | null,
  question: null as Question | null,
  stepUp: null as StepUp | null,
  /** A code is to be read; null when the reader gave it up. */
  scan: null as { answer: (data: string | null) => void } | null,
  /** Read out to those who do not see the screen. */
  spoken: '',
})

/** What lies over the page, uppermost last, each with the way to close it. The phone's own back closes these first. */
export const overlays: (() => void)[] = []

let toasts = 0
let timer: ReturnType<typeof setTimeout> | undefined

export function toast(text: string, icon = 'check'): void {
  toasts += 1
  ui.toast = { text, icon, id: toasts }
  speak(text)
  clearTimeout(timer)
  timer = setTimeout(() => (ui.toast = null), Math.max(2400, text.length * 130))
}

export function speak(text: string): void {
  ui.spoken = ''
  queueMicrotask(() => (ui.spoken = text))
}

export function ask(question: Omit<Question, 'answer'>): Promise<boolean> {
  return new Promise((resolve) => {
    ui.question = {
      ...question,
      answer: (yes) => {
        ui.question = null
        resolve(yes)
      },
    }
  })
}

/** Ask for surer proof; true when the bank was satisfied. */
export function stepUp(order: string, methods: string[], proved: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    ui.stepUp = {
      order,
      methods,
      proved,
      answer: (passed) => {
        ui.stepUp = null
        resolve(passed)
      },
    }
  })
}

/** What a code says, read by the camera or from a picture; null when it was given up. */
export function scan(): Promise<string | null> {
  return new Promise((resolve) => {
    ui.scan = {
      answer: (data) => {
        ui.scan = null
        resolve(data)
      },
    }
  })
}

/** A refusal as the reader is told of it. */
export async function explain(refusal: Refusal, know: string): Promise<void> {
  const light = refusal.kind === 'OFFLINE' || refusal.kind === 'INVALID'
  if (light) toast(refusal.text, 'warn')
  else await ask({ title: refusal.text, text: '', yes: know, no: null, danger: false })
}
