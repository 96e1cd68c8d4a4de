// What the generated types need of Moshi, to compile without it: its two annotations.
package com.squareup.moshi

annotation class Json(val name: String)

annotation class JsonClass(val generateAdapter: Boolean)
