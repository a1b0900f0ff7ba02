"""What states and acts are called to the customer, whatever the archetype."""

from __future__ import annotations

from collections.abc import Mapping

from fengshou.catalog import Words

WAYS: Mapping[str, Words] = {
    "phone": Words(zh="掌上办", en="On the phone"),
    "branch": Words(zh="就近办", en="At a branch"),
    "kiosk": Words(zh="自助办", en="At a kiosk"),
    "home": Words(zh="上门办", en="At home"),
}

_STATES: Mapping[str, Words] = {
    "draft": Words(zh="还没提交", en="Not handed in yet"),
    "submitted": Words(zh="已提交", en="Handed in"),
    "pre_checked": Words(zh="预审通过", en="First check passed"),
    "returned": Words(zh="需要补正", en="To be mended"),
    "accepted": Words(zh="已受理", en="Accepted"),
    "in_review": Words(zh="审查中", en="Being reviewed"),
    "approved": Words(zh="已批准", en="Approved"),
    "refused": Words(zh="没有批准", en="Not approved"),
    "deciding": Words(zh="复核中", en="Looked at by a second person"),
    "appealed": Words(zh="申诉中", en="Appeal being looked at"),
    "delivered": Words(zh="已办结", en="Done"),
    "withdrawing": Words(zh="正在撤回", en="Being taken back"),
    "withdrawn": Words(zh="已撤回", en="Taken back"),
    "forgotten": Words(zh="已作废", en="Dropped"),
    "closed": Words(zh="已结束", en="Closed"),
    "requested": Words(zh="正在查询", en="Being asked for"),
    "answered": Words(zh="已查到", en="Here it is"),
    "unavailable": Words(zh="暂时查不到", en="Not to be had just now"),
    "open": Words(zh="已报上去", en="Reported"),
    "assigned": Words(zh="已派人", en="Somebody is sent"),
    "in_progress": Words(zh="正在处理", en="Being worked on"),
    "resolved": Words(zh="已处理完", en="Done, please judge it"),
    "rated": Words(zh="已评价", en="Judged"),
    "cancelled": Words(zh="已取消", en="Cancelled"),
    "paid": Words(zh="已缴费", en="Paid"),
    "booked": Words(zh="已预约", en="Booked"),
    # setting
    "pending_auth": Words(zh="等您确认", en="Waits for your word"),
    "checking": Words(zh="正在核对", en="Being looked up"),
    "cooling": Words(zh="冷静期", en="A time to think"),
    "changing": Words(zh="正在生效", en="Taking effect"),
    "changed": Words(zh="已生效", en="In force"),
    "unchanged": Words(zh="没有改动", en="As it was"),
    # presence
    "wanted": Words(zh="正在申请", en="Being asked for"),
    "granted": Words(zh="可以通行", en="Good to go"),
    "denied": Words(zh="没有开成", en="Not given"),
    "used": Words(zh="已用完", en="Used up"),
    "revoking": Words(zh="正在收回", en="Being called back"),
    "revoked": Words(zh="已收回", en="Called back"),
    "expired": Words(zh="已过期", en="Over"),
    "expected": Words(zh="等您签到", en="Waits for you to check in"),
    "elsewhere": Words(zh="不在签到地点", en="Not at the place"),
    "present": Words(zh="已签到", en="Checked in"),
    "late": Words(zh="迟到", en="Late"),
    "absent": Words(zh="未签到", en="Absent"),
    "exceptional": Words(zh="说明审核中", en="Your reason is being looked at"),
    "corrected": Words(zh="已更正", en="Corrected"),
    "upheld": Words(zh="维持原记录", en="Stands as it was"),
    # task
    "new": Words(zh="待认领", en="To be taken"),
    "claimed": Words(zh="处理中", en="Taken"),
    "waiting": Words(zh="等到约定的日子", en="Waits for its day"),
    "escalated": Words(zh="已上报", en="Taken further up"),
    "done": Words(zh="已完成", en="Done"),
    # assist
    "queued": Words(zh="排队中", en="In the queue"),
    "connected": Words(zh="已接通", en="Connected"),
    "verifying": Words(zh="核身中", en="Being verified"),
    "passed": Words(zh="核身通过", en="Verified"),
    "failed": Words(zh="没有通过", en="Not verified"),
    "wrapped_up": Words(zh="服务结束", en="Finished"),
    "left": Words(zh="已离开", en="Left"),
    "missed": Words(zh="没有接通", en="Nobody was free"),
    # survey
    "counting": Words(zh="正在提交", en="Being handed in"),
    "handed_in": Words(zh="已提交", en="Handed in"),
    "turned_away": Words(zh="没有提交成功", en="Not taken"),
    "tallied": Words(zh="已计票", en="Counted"),
    # reward
    "entering": Words(zh="正在登记", en="Being entered"),
    "eligible": Words(zh="可以抽取", en="Your turn to draw"),
    "won": Words(zh="中了，正在出库", en="Won; being taken from stock"),
    "lost": Words(zh="没有中", en="Not this time"),
    "issued": Words(zh="已发给您", en="Yours"),
    "redeemed": Words(zh="已使用", en="Used"),
    "over": Words(zh="没有领到", en="Not to be had"),
    "clawed_back": Words(zh="已收回", en="Taken back"),
    # transfer
    "confirming": Words(zh="等您验证", en="Waits for your proof"),
    "held": Words(zh="暂缓，正在核实", en="Held back, being looked at"),
    "sent": Words(zh="已汇出，等对方银行", en="On its way to the other bank"),
    "posted": Words(zh="已到账", en="Paid"),
    "rejected": Words(zh="没有办成", en="Not done"),
    "came_back": Words(zh="已退回", en="Come back"),
    "lapsed": Words(zh="没有验证，已作废", en="Not proved in time"),
    # mandate
    "offered": Words(zh="等您签约", en="Waits for your signature"),
    "active": Words(zh="签约中", en="In force"),
    "due": Words(zh="这一期待付", en="Due now"),
    "suspended": Words(zh="已暂停", en="Stands still"),
    # paycode
    "scanned": Words(zh="等您付款", en="Waits for you to pay"),
    "authorised": Words(zh="付款途中", en="Being paid"),
    "captured": Words(zh="已付款", en="Paid"),
    # bill
    "owed": Words(zh="有账单待缴", en="To be paid"),
    "clear": Words(zh="没有欠费", en="Nothing is owed"),
    "credited": Words(zh="已缴费销账", en="Paid and credited"),
    "reversed": Words(zh="已退款", en="The money came back"),
    # topup
    "ordered": Words(zh="号码没有问题，等您付款", en="The number is right; waits for you to pay"),
    "delivering": Words(zh="已付款，正在充值", en="Paid; being topped up"),
    "undelivered": Words(zh="没有充上，钱要退给您", en="Not delivered; your money is to come back"),
    "refunded": Words(zh="没有充上，已退款", en="Not delivered; the money came back"),
    # cert
    "issuing": Words(zh="正在开具", en="Being issued"),
    "showing": Words(zh="正在核对证照", en="Being looked up, to be shown"),
    "presented": Words(zh="出示中", en="Being shown"),
    # feed
    "published": Words(zh="等您确认已读", en="Waits for you to acknowledge it"),
    "read": Words(zh="已读", en="Read"),
    "acknowledged": Words(zh="已确认知晓", en="Acknowledged"),
    # trade
    "quoting": Words(zh="正在询价", en="Being priced"),
    "quoted": Words(zh="已报价，等您确认", en="Priced; waits for your word"),
    "placing": Words(zh="正在委托", en="Being ordered"),
    "frozen": Words(zh="付款途中", en="The money is on its way"),
    "confirmed": Words(zh="份额已确认", en="Confirmed"),
    "settled": Words(zh="已交收", en="Settled"),
    "cancelling": Words(zh="正在撤销", en="Being cancelled"),
    "disputed": Words(zh="退款处理中", en="Our staff see to your money"),
}
_OTHER = Words(zh="办理中", en="In progress")

_ACTS: Mapping[str, Words] = {
    "submit": Words(zh="继续填写", en="Go on filling in"),
    "mend": Words(zh="去补正", en="Mend it"),
    "withdraw": Words(zh="撤回", en="Take it back"),
    "discard": Words(zh="不办了", en="Drop it"),
    "appeal": Words(zh="申诉", en="Appeal"),
    "rate": Words(zh="评价", en="Say how it was"),
    "reopen": Words(zh="没修好，再处理", en="Not mended, do it again"),
    "cancel": Words(zh="取消", en="Cancel"),
    "show": Words(zh="出示通行码", en="Show the code"),
    "revoke": Words(zh="收回", en="Call it back"),
    "check_in": Words(zh="签到", en="Check in"),
    "explain": Words(zh="说明原因", en="Say why"),
    "say": Words(zh="发消息", en="Write"),
    "leave": Words(zh="离开", en="Leave"),
    "draw": Words(zh="抽一次", en="Draw"),
    "place": Words(zh="确认委托", en="Order"),
    "suspend": Words(zh="暂停", en="Let it stand still"),
    "resume": Words(zh="恢复", en="Go on again"),
    "pay": Words(zh="付款", en="Pay"),
    "switch": Words(zh="换一种方式办", en="Go on in another way"),
    "confirm": Words(zh="确认", en="Confirm"),
    "acknowledge": Words(zh="我已阅读并知晓", en="I have read it"),
    "decline": Words(zh="不同意", en="Decline"),
}


def said_of_state(state: str) -> Words:
    """A state in words."""
    return _STATES.get(state, _OTHER)


def said_of_act(act: str) -> Words | None:
    """An act as a button says it; None for what no button of the common page does."""
    return _ACTS.get(act)
