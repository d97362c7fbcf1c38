/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of properties, and attributes and properties of flows: what is accepted is canonical, and
 * the engine and the document take it. */
#include "fuzz.h"
#include "prop/prop.h"

/* "name=value" on a link that is not there yet: canonical text parses to itself. */
static void link_value(struct vw_handle *h, const char *text)
{
	char name[64], once[VWP_VALUE_MAX], twice[VWP_VALUE_MAX];
	const struct vwp_desc *d;
	struct vwp_link l = { .name = "web1" };
	struct vws_link *def;
	struct vwp_policy p;
	const char *value;

	if (vwp_split(h, text, name, &value) < 0 || (d = vwp_find(name)) == NULL)
		return;
	l.cls = d->classes & -d->classes;
	if (!(d->flags & VWP_POLICY) || vwp_parse(h, d, &l, value, once, sizeof(once)) < 0)
		return;
	MUST(vwp_parse(h, d, &l, once, twice, sizeof(twice)) == VW_OK && strcmp(once, twice) == 0);
	def = vws_link_new("web1", VW_CLASS_VNIC);
	MUST(def != NULL && vws_link_set_prop(h, def, d->name, once) == VW_OK);
	MUST(vwp_policy_compile(h, def, &p) == VW_OK);
	vwp_policy_clear(&p);
	vws_link_free(def);
}

static void flow_value(struct vw_handle *h, const char *text)
{
	static const char empty[] = "{\"vwire\": 1, \"links\": {}}";
	const char *list[] = { text, strchr(text, '\n'), NULL };
	struct vws_flow *f = vws_flow_new("f", "web1");
	struct vws_doc *doc = NULL;
	struct vwpl_flow flow;
	char *copy = strdup(text);

	MUST(f != NULL && copy != NULL);
	list[0] = copy;
	if (list[1] != NULL) {	/* two lines: two attributes */
		copy[list[1] - text] = '\0';
		list[1] = copy + (list[1] - text) + 1;
	}
	if (vwp_flow_attrs(h, f, list) < 0 && vws_flow_match(f, "local_ip") == NULL &&
	    vws_flow_match(f, "transport") == NULL) {
		vws_flow_free(f);
		f = vws_flow_new("f", "web1");
		MUST(f != NULL && vws_flow_set_match(h, f, "transport", "tcp") == VW_OK);
		(void)vwp_flow_props(h, f, list);
	}
	if (vwp_flow_compile(h, f, &flow) == VW_OK) {
		MUST(vws_parse(h, "f", empty, strlen(empty), &doc) == VW_OK);
		MUST(vws_flow_put(h, doc, f) == VW_OK);
		vws_doc_free(doc);
	}
	vws_flow_free(f);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);
	struct vw_handle h = { 0 };

	link_value(&h, text);
	flow_value(&h, text);
	free(text);
	return 0;
}
