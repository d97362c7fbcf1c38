/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parser accepts it prints, and reads again as the same; json-c takes it for JSON too. */
#include <json-c/json.h>

#include "fuzz.h"
#include "store/store.h"

static void json_c_agrees(const char *text, size_t size)
{
	struct json_tokener *t = json_tokener_new_ex(64);
	struct json_object *o;

	MUST(t != NULL && size <= INT32_MAX);
	json_tokener_set_flags(t, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(t, text, (int)size);
	MUST(json_tokener_get_error(t) == json_tokener_success);
	MUST(json_object_is_type(o, json_type_object));
	json_object_put(o);
	json_tokener_free(t);
}

/* The same links and flows put one by one make the same lines. */
static void put_again(struct vw_handle *h, struct vws_doc *d, const char *want)
{
	static const char empty[] = "{\"vwire\": 1, \"links\": {}}";
	struct vws_doc *copy = NULL;
	char *text;

	MUST(vws_parse(h, "empty", empty, strlen(empty), &copy) == VW_OK);
	for (size_t i = 0; i < vws_doc_count(d); i++)
		MUST(vws_doc_put(h, copy, vws_doc_at(d, i)) == VW_OK);
	for (size_t i = 0; i < vws_flow_count(d); i++)
		MUST(vws_flow_put(h, copy, vws_flow_at(d, i)) == VW_OK);
	text = vws_print(copy);
	MUST(text != NULL && strcmp(strchr(text, '\n'), strchr(want, '\n')) == 0);
	free(text);
	vws_doc_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vw_handle h = { 0 };
	struct vws_doc *d = NULL, *again = NULL;
	char *text, *second;
	int rc = vws_parse(&h, "f", (const char *)data, size, &d);

	if (rc < 0) {
		MUST(rc == VW_ERR_CONFIG && d == NULL && strncmp(vw_error_message(&h), "f: ",
		  3) == 0);
		return 0;
	}
	if (size > 0 && data[size - 1] != '\0')
		json_c_agrees((const char *)data, size);
	text = vws_print(d);
	MUST(text != NULL);
	MUST(vws_parse(&h, "g", text, strlen(text), &again) == VW_OK);
	second = vws_print(again);
	MUST(second != NULL && strcmp(text, second) == 0);
	put_again(&h, d, text);
	free(text);
	free(second);
	vws_doc_free(d);
	vws_doc_free(again);
	return 0;
}
