/** What the designer says, beside where it is said. */
import { prefs } from '../prefs'

export const say = (zh: string, en: string): string => (prefs.locale === 'en' ? en : zh)

const STATES: Record<string, readonly [string, string, string]> = {
  draft: ['草稿', 'Draft', 'ch-g'],
  in_review: ['等复核', 'In review', 'ch-s'],
  approved: ['已通过', 'Approved', 'ch-b'],
  gray: ['灰度中', 'Gray', 'ch-p'],
  live: ['线上', 'Live', 'ch-b'],
  retired: ['已下线', 'Retired', ''],
  refused: ['退回修改', 'Sent back', 'ch-d'],
  discarded: ['已作废', 'Discarded', ''],
}

export const stateName = (state: string): string => (STATES[state] ? say(STATES[state][0], STATES[state][1]) : state)
export const stateChip = (state: string): string => STATES[state]?.[2] ?? ''

const ACTS: Record<string, readonly [string, string]> = {
  new: ['开始写', 'Begun'],
  draft: ['开始写', 'Begun'],
  save: ['改过', 'Changed'],
  submit: ['提交复核', 'Sent to review'],
  approve: ['通过', 'Approved'],
  refuse: ['退回修改', 'Sent back'],
  gray: ['开始灰度', 'Gray begun'],
  live: ['全部上线', 'Went live'],
  retire: ['下线', 'Taken down'],
  roll_back: ['退回上一版', 'Rolled back'],
  stop: ['自动退回', 'Went back by itself'],
  schedule: ['定时', 'Scheduled'],
  discard: ['作废', 'Discarded'],
}
/** A step of a version in words. */
export const actName = (act: string): string => (ACTS[act] ? say(ACTS[act][0], ACTS[act][1]) : stateName(act))

const GROUPS: Record<string, readonly [string, string]> = {
  show: ['展示', 'Show'],
  ask: ['表单', 'Ask'],
  act: ['动作', 'Act'],
  frame: ['结构', 'Frame'],
  desk: ['柜台', 'Desk'],
}
export const groupName = (group: string): string => (GROUPS[group] ? say(GROUPS[group][0], GROUPS[group][1]) : group)
