/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** vwire.h - all of libvwire: links, VNICs, VLANs, aggregations, etherstubs and zones on Linux */
#ifndef VWIRE_VWIRE_H
#define VWIRE_VWIRE_H

#include <vwire/aggr.h>
#include <vwire/bridge.h>
#include <vwire/ether.h>
#include <vwire/etherstub.h>
#include <vwire/flow.h>
#include <vwire/handle.h>
#include <vwire/iptun.h>
#include <vwire/link.h>
#include <vwire/linkprop.h>
#include <vwire/monitor.h>
#include <vwire/simnet.h>
#include <vwire/stat.h>
#include <vwire/types.h>
#include <vwire/usage.h>
#include <vwire/vlan.h>
#include <vwire/vnic.h>
#include <vwire/wire.h>

#endif
