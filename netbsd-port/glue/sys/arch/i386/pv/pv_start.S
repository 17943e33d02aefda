/* SPDX-License-Identifier: MIT */
/*
 * The way in, in the place of what turned paging on: the builder has done that. %esi is the
 * start_info page. Part of locore.S, between start and main().
 */
	cld
	movl	$(pv_stack + PV_STACK),%esp
	xorl	%ebp,%ebp
	pushl	%esi
	call	_C_LABEL(pv_start)
	movl	%eax,%esi			/* where free memory begins */
	movl	_C_LABEL(lwp0uarea),%eax
	leal	(USPACE - FRAMESIZE)(%eax),%esp
	xorl	%ebp,%ebp
	pushl	$_C_LABEL(pv_first_gdt)
	call	_C_LABEL(initgdt)
	addl	$4,%esp
	call	_C_LABEL(init_bootspace)
	pushl	$0
	pushl	%esi
	call	_C_LABEL(init386)
	addl	$8,%esp
	call	_C_LABEL(main)
