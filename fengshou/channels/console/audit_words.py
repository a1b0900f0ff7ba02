"""Acts of the audit log in words. One that is not here is shown as it was written."""

from __future__ import annotations

from fengshou.channels.console.shapes import Bi

_ACTS = {
    "proposal.made": Bi(zh="提议", en="Proposed"),
    "proposal.approved": Bi(zh="同意提议", en="Agreed to a proposal"),
    "proposal.refused": Bi(zh="不同意提议", en="Disagreed with a proposal"),
    "proposal.withdrawn": Bi(zh="撤回提议", en="Withdrew a proposal"),
    "console.customer_found": Bi(zh="查到客户", en="Found a customer"),
    "console.customer_seen": Bi(zh="查看客户档案", en="Opened a customer’s record"),
    "console.statement_seen": Bi(zh="查看账户明细", en="Read a statement"),
    "console.payer_seen": Bi(zh="查看暂停付款的客户", en="Looked at the payer of a held payment"),
    "console.clock_moved": Bi(zh="拨动演示时钟", en="Moved the demo clock"),
    "centre.enter": Bi(zh="省中心跨行查看", en="The centre looked across banks"),
    "risk.case.claim": Bi(zh="认领案件", en="Took a case"),
    "risk.case.give_back": Bi(zh="放回案件", en="Put a case back"),
    "party.register": Bi(zh="登记客户", en="Registered a customer"),
    "party.hire": Bi(zh="员工入职", en="Hired somebody"),
    "party.real_name": Bi(zh="实名核验", en="Checked an identity"),
    "party.consent": Bi(zh="客户同意条款", en="Agreed to terms"),
    "party.withdraw": Bi(zh="撤回同意", en="Withdrew consent"),
    "party.admit": Bi(zh="迁入客户", en="Took customers over"),
    "access.logged_in": Bi(zh="登录", en="Signed in"),
    "access.proved": Bi(zh="再次验证身份", en="Proved who they are"),
    "access.password": Bi(zh="设置密码", en="Set a password"),
    "access.session_ended": Bi(zh="退出登录", en="Session ended"),
    "access.locked": Bi(zh="多次输错，锁定", en="Locked after wrong tries"),
    "access.device_removed": Bi(zh="移除设备", en="Removed a device"),
    "access.frozen": Bi(zh="冻结登录", en="Froze log-ins"),
    "risk.list.add": Bi(zh="加入名单", en="Put on a list"),
    "risk.list.remove": Bi(zh="移出名单", en="Taken off a list"),
    "catalog.publish": Bi(zh="发布内容", en="Published content"),
    "catalog.rollback": Bi(zh="回退内容", en="Rolled content back"),
    "pages.publish": Bi(zh="发布页面", en="Published pages"),
    "ledger.period_closed": Bi(zh="结账", en="Closed a period"),
    "ledger.interest_closed": Bi(zh="结积数", en="Closed an interest quarter"),
    "ledger.reopening_asked": Bi(zh="申请重开", en="Asked to open a day again"),
    "ledger.period_reopened": Bi(zh="同意重开", en="Opened a day again"),
    "ledger.reopening_refused": Bi(zh="不同意重开", en="Refused to open a day again"),
    "ledger.reopening_withdrawn": Bi(zh="撤回重开申请", en="Took a wish to open a day back"),
    "ledger.import": Bi(zh="导入历史", en="Took history in"),
    "party.change_phone": Bi(zh="换绑手机", en="Changed a phone"),
    "console.case_seen": Bi(zh="查看办件", en="Opened a case"),
    "console.paper_seen": Bi(zh="查看办件材料", en="Looked at a paper of a case"),
}


def said_of(act: str) -> Bi:
    """What somebody did."""
    return _ACTS.get(act, Bi(zh=act, en=act))
