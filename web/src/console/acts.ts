/** Acts of the audit log in words. One that is not here is shown as it was written. */
import { prefs } from './prefs'

const ACTS: Record<string, readonly [string, string]> = {
  'proposal.made': ['提议', 'Proposed'],
  'proposal.approved': ['同意提议', 'Agreed to a proposal'],
  'proposal.refused': ['不同意提议', 'Disagreed with a proposal'],
  'proposal.withdrawn': ['撤回提议', 'Withdrew a proposal'],
  'console.customer_found': ['查到客户', 'Found a customer'],
  'console.customer_seen': ['查看客户档案', 'Opened a customer’s record'],
  'console.statement_seen': ['查看账户明细', 'Read a statement'],
  'console.payer_seen': ['查看暂停付款的客户', 'Looked at the payer of a held payment'],
  'console.clock_moved': ['拨动演示时钟', 'Moved the demo clock'],
  'centre.enter': ['省中心跨行查看', 'The centre looked across banks'],
  'risk.case.claim': ['认领案件', 'Took a case'],
  'risk.case.give_back': ['放回案件', 'Put a case back'],
  'party.register': ['登记客户', 'Registered a customer'],
  'party.hire': ['员工入职', 'Hired somebody'],
  'party.real_name': ['实名核验', 'Checked an identity'],
  'party.consent': ['客户同意条款', 'Agreed to terms'],
  'party.withdraw': ['撤回同意', 'Withdrew consent'],
  'party.admit': ['迁入客户', 'Took customers over'],
  'access.logged_in': ['登录', 'Signed in'],
  'access.proved': ['再次验证身份', 'Proved who they are'],
  'access.password': ['设置密码', 'Set a password'],
  'access.session_ended': ['退出登录', 'Session ended'],
  'access.locked': ['多次输错，锁定', 'Locked after wrong tries'],
  'access.device_removed': ['移除设备', 'Removed a device'],
  'access.frozen': ['冻结登录', 'Froze log-ins'],
  'risk.list.add': ['加入名单', 'Put on a list'],
  'risk.list.remove': ['移出名单', 'Taken off a list'],
  'catalog.publish': ['发布内容', 'Published content'],
  'catalog.rollback': ['回退内容', 'Rolled content back'],
  'pages.publish': ['发布页面', 'Published pages'],
  'ledger.period_closed': ['结账', 'Closed a period'],
  'ledger.interest_closed': ['结积数', 'Closed an interest quarter'],
  'ledger.reopening_asked': ['申请重开', 'Asked to open a day again'],
  'ledger.period_reopened': ['同意重开', 'Opened a day again'],
  'ledger.reopening_refused': ['不同意重开', 'Refused to open a day again'],
  'ledger.reopening_withdrawn': ['撤回重开申请', 'Took a wish to open a day back'],
  'ledger.import': ['导入历史', 'Took history in'],
  'party.change_phone': ['换绑手机', 'Changed a phone'],
}

export function actName(act: string): string {
  const words = ACTS[act]
  if (!words) return act
  return prefs.locale === 'en' ? words[1] : words[0]
}
