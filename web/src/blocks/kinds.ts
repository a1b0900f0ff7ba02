/** Which component draws which kind of block. */
import type { Component } from 'vue'
import AgreeBox from './AgreeBox.vue'
import AmountInput from './AmountInput.vue'
import EmptyNote from './EmptyNote.vue'
import GreetingBlock from './GreetingBlock.vue'
import GridBlock from './GridBlock.vue'
import GroupBlock from './GroupBlock.vue'
import HeroBlock from './HeroBlock.vue'
import HostView from './HostView.vue'
import KVBlock from './KVBlock.vue'
import LineField from './LineField.vue'
import ListBlock from './ListBlock.vue'
import PasswordField from './PasswordField.vue'
import ResultBlock from './ResultBlock.vue'
import SearchBar from './SearchBar.vue'
import SelectField from './SelectField.vue'
import SmallBlock from './SmallBlock.vue'
import StatementBlock from './StatementBlock.vue'
import SwitchRow from './SwitchRow.vue'
import TabsBlock from './TabsBlock.vue'
import TimelineBlock from './TimelineBlock.vue'
import type { Kind } from '../core/schema.gen'
import { later } from '../host/later'

// What few pages need comes when a page has it, so that the first page stays small.
const PictureBlock = later(() => import('./PictureBlock.vue'))

export const KINDS: Record<Kind, Component> = {
  agree: AgreeBox,
  amount: AmountInput,
  brand: SmallBlock,
  buttons: SmallBlock,
  code: later(() => import('./CodeField.vue')),
  empty: EmptyNote,
  field: LineField,
  figures: SmallBlock,
  form: GroupBlock,
  greeting: GreetingBlock,
  grid: GridBlock,
  group: GroupBlock,
  hero: HeroBlock,
  host: HostView,
  kv: KVBlock,
  list: ListBlock,
  notice: SmallBlock,
  password: PasswordField,
  product: SmallBlock,
  qr: later(() => import('./QRBlock.vue')),
  receipt: later(() => import('./ReceiptBlock.vue')),
  result: ResultBlock,
  search: SearchBar,
  section: SmallBlock,
  select: SelectField,
  spacer: SmallBlock,
  statement: StatementBlock,
  steps: SmallBlock,
  switch: SwitchRow,
  tabs: TabsBlock,
  tasks: ListBlock,
  text: SmallBlock,
  timeline: TimelineBlock,
  acts: later(() => import('./desk/ActsBlock.vue'), { desk: true }),
  board: later(() => import('./desk/BoardBlock.vue'), { desk: true }),
  queue: later(() => import('./desk/QueueBlock.vue'), { desk: true }),
  detail: later(() => import('./desk/DetailBlock.vue'), { desk: true }),
  filter: later(() => import('./desk/FilterBlock.vue'), { desk: true }),
  table: later(() => import('./desk/TableBlock.vue'), { desk: true }),
  upload: later(() => import('./UploadField.vue')),
  stepper: later(() => import('./StepperField.vue')),
  date: later(() => import('./DayField.vue')),
  chart: later(() => import('./ChartBlock.vue')),
  image: PictureBlock,
  carousel: PictureBlock,
}
