import org.json.JSONObject

fun refusal(place: () -> Unit): Problem = try {
    place()
    error("not refused")
} catch (problem: Problem) {
    problem
}

fun main(arguments: Array<String>) {
    val api = CallbackApi(arguments[0], "default")
    val wish = JSONObject().put("number", "14163662831")
    val (callback, again) = List(2) { api.place(wish, "kotlin-".repeat(4)) }
    var end = ""
    api.follow(callback.getString("url")) { end = it }
    val fault = refusal { api.place(JSONObject().put("number", "12"), "a-kotlin-key-of-a-fault") }
    val unknown = refusal { api.place(JSONObject().put("number", "14163690006"), "a-kotlin-key-without-end") }
    println(
        JSONObject()
            .put("same", callback.getString("id") == again.getString("id"))
            .put("end", end)
            .put("fault", fault.faults["/number"])
            .put("unknown", unknown.code)
    )
}
