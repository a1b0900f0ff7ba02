/** A short sentence that something was done, seen and heard. */
import { reactive } from 'vue'

export const told = reactive({ text: '', id: 0 })
let timer: ReturnType<typeof setTimeout> | undefined

export function tell(text: string): void {
  told.text = text
  told.id += 1
  clearTimeout(timer)
  timer = setTimeout(() => (told.text = ''), Math.max(2600, text.length * 130))
}
