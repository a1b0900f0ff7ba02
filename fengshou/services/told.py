"""What customers are told of their runs, in a sentence each."""

from __future__ import annotations

from collections.abc import Mapping

from fengshou.catalog import Words

TOLD: Mapping[str, Words] = {
    "case.submitted": Words(zh="已提交，办理部门正在收件", en="Handed in; the office is taking it in"),
    "case.pre_checked": Words(zh="预审已通过", en="The first check is passed"),
    "case.returned": Words(
        zh="需要补正，已填的内容都还在", en="Something is to be mended; all you wrote is kept"
    ),
    "case.accepted": Words(zh="已受理", en="Accepted"),
    "case.in_review": Words(zh="正在审查", en="Being reviewed"),
    "case.approved": Words(zh="已批准", en="Approved"),
    "case.refused": Words(zh="没有批准，可以看理由，也可以申诉", en="Not approved: read why, or appeal"),
    "case.delivered": Words(zh="已办结", en="Done"),
    "case.withdrawn": Words(zh="已撤回", en="Taken back"),
    "case.appealed": Words(zh="申诉已提交", en="Your appeal is handed in"),
    "case.late": Words(
        zh="超过了约定的时间，已经催办并上报", en="It is past its time; it has been taken further up"
    ),
    "case.switched": Words(
        zh="办理方式已更换，填过的不用再填", en="The way is changed; nothing is to be written twice"
    ),
    "assist.connected": Words(zh="工作人员已接入", en="Somebody is with you now"),
    "assist.failed": Words(
        zh="核身没有通过，这次不能单独办理", en="You could not be verified; it is not done alone"
    ),
    "assist.missed": Words(zh="这次没有接通，可以再试一次", en="Nobody was free; please try again"),
    "assist.wrapped_up": Words(zh="服务已结束，请评价", en="It is done; please say how it was"),
    "bill.credited": Words(zh="缴费成功，账单已销", en="Paid: your bill is credited"),
    "bill.disputed": Words(
        zh="收费单位没有入账，工作人员正在处理退款",
        en="The biller did not take it; our staff see to your money",
    ),
    "mandate.offered": Words(
        zh="柜员为您准备了一份签约，请您本人确认", en="A mandate waits for your signature"
    ),
    "mandate.active": Words(zh="签约已生效", en="The mandate is signed"),
    "mandate.due": Words(zh="这一期快到了，请核对后付款", en="It is due soon; please check and pay"),
    "mandate.paid": Words(zh="这一期已付", en="Paid for this time"),
    "mandate.missed": Words(
        zh="这一期没有付，下一期照常", en="Missed this time; the next one comes as usual"
    ),
    "mandate.suspended": Words(
        zh="连续几期没有付，签约已暂停", en="Missed too often; the mandate stands still"
    ),
    "paycode.scanned": Words(
        zh="有人扫了您的付款码，请核对金额后付款", en="Your code was read; check the sum and pay"
    ),
    "presence.granted": Words(zh="通行证已开好", en="The pass is ready"),
    "presence.denied": Words(zh="通行证没有开成，可以看原因", en="No pass was given; read why"),
    "presence.opened": Words(zh="有人用您的通行证进了门", en="A door was opened with your pass"),
    "presence.late": Words(zh="已签到，记为迟到，可以说明原因", en="You are here, late; you can say why"),
    "presence.absent": Words(zh="没有签到，可以说明原因", en="You did not check in; you can say why"),
    "reward.issued": Words(zh="已到账，记得在有效期内使用", en="It is yours; use it in time"),
    "reward.lost": Words(
        zh="这次没有中，可以核对抽取过程", en="Not this time; you can check how it was drawn"
    ),
    "reward.over": Words(zh="没有领到，次数或数量已经用完", en="Not to be had: turns or stock are used up"),
    "reward.redeemed": Words(zh="券已使用", en="The coupon is used"),
    "trade.accepted": Words(zh="委托已受理，请在时限内付款", en="Your order is taken; please pay in time"),
    "trade.paid": Words(zh="已付款，等待确认份额", en="Paid; it will be confirmed"),
    "trade.confirmed": Words(zh="份额已确认", en="Confirmed: the units are yours"),
    "trade.settled": Words(zh="已交收完成", en="Settled"),
    "trade.cancelled": Words(zh="委托已撤销", en="The order was cancelled"),
    "trade.rejected": Words(zh="委托没有成交，没有扣款", en="The order was not taken; nothing was paid"),
    "trade.disputed": Words(
        zh="发行方没有接收这笔款，工作人员正在处理退款",
        en="The issuer did not take it; our staff see to your money",
    ),
    "transfer.came_back": Words(
        zh="对方银行退回了这笔钱，已回到您的账户", en="The other bank sent the money back"
    ),
    "cert.issued": Words(zh="证照已开具，可以随时出示", en="It is issued, and can be shown at any time"),
    "cert.rejected": Words(zh="没有开成，可以看原因", en="It was not issued; read why"),
    "cert.suspended": Words(zh="发证机关暂停了这张证照", en="The office has suspended it"),
    "cert.revoked": Words(zh="发证机关收回了这张证照", en="The office has called it back"),
    "cert.expired": Words(zh="证照已过有效期，可以重新办", en="It is past its time; it can be issued anew"),
    "topup.rejected": Words(
        zh="这个号码不能充值，没有扣款", en="This number cannot be topped up; nothing was paid"
    ),
    "topup.delivered": Words(zh="充值已到账", en="Topped up"),
    "topup.overdue": Words(
        zh="充值结果还没有回来，工作人员正在核实",
        en="No word of your top-up yet; our staff are asking",
    ),
    "topup.undelivered": Words(
        zh="没有充上，付的钱要退给您，工作人员正在处理",
        en="Not delivered: your money is to come back, and our staff see to it",
    ),
    "topup.refunded": Words(zh="没有充上的钱已退回", en="The money for what was not delivered came back"),
    "setting.pending_auth": Words(
        zh="柜员帮您改了一项设置，请您本人确认",
        en="A clerk has changed a setting for you; please confirm it yourself",
    ),
    "setting.cooling": Words(
        zh="设置已收到，冷静期过后生效，期间可以取消",
        en="Taken; it holds after a time to think and can be called off",
    ),
    "setting.changed": Words(zh="设置已生效", en="The setting holds"),
    "setting.unchanged": Words(zh="设置没有改动", en="The setting is as it was"),
    "survey.answered": Words(zh="已提交，谢谢参与", en="Handed in; thank you for taking part"),
    "survey.turned_away": Words(zh="没有提交成功，可以看原因", en="It was not taken; read why"),
    "survey.tallied": Words(zh="结果出来了", en="The result is out"),
    "ticket.assigned": Words(zh="已派人处理", en="Somebody has been sent"),
    "ticket.in_progress": Words(zh="正在处理", en="Being worked on"),
    "ticket.resolved": Words(zh="已处理完，请评价", en="Done; please say how it was"),
}
