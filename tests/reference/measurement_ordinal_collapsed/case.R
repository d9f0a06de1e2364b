# Wu & Estabrook's levels where a group never used a category. Two gaps are made: nobody of gender 1 answers 6 to N1
# (those who did are set to 5), nobody of gender 2 answers 3 to E2 (set to 4). Each empty category is then joined in
# both groups with its neighbour, of two neighbours the one that fewer respondents chose, and the ladder is fitted to
# the recoded answers: complete answers only, then each pair of items on those who answered both.
suppressPackageStartupMessages({library(lavaan); library(semTools)})
source("../write_tables.R")
items <- c(scales$N, scales$E)
bfi <- read_bfi()[c(items, "gender")]
bfi <- bfi[!is.na(bfi$gender), ]
model <- "N =~ N1 + N2 + N3 + N4 + N5
E =~ E1 + E2 + E3 + E4 + E5"
levels <- list(configural = "", thresholds = "thresholds", metric = c("thresholds", "loadings"),
               scalar = c("thresholds", "loadings", "intercepts"),
               strict = c("thresholds", "loadings", "intercepts", "residuals"))

gappy <- bfi
gappy$N1[gappy$gender == 1 & gappy$N1 %in% 6] <- 5
gappy$E2[gappy$gender == 2 & gappy$E2 %in% 3] <- 4
join <- function(x, category, neighbours, counts) {
  fewest <- neighbours[which.min(counts[as.character(neighbours)])]
  x[x %in% category] <- fewest
  x
}
ladder <- function(missing) {
  used <- if (missing == "listwise") na.omit(gappy) else gappy
  data <- used
  data$N1 <- join(used$N1, 6, 5, table(used$N1))
  data$E2 <- join(used$E2, 3, c(2, 4), table(used$E2))
  do.call(rbind, lapply(names(levels), function(level) {
    syntax <- measEq.syntax(model, data = data, ordered = items, parameterization = "theta", ID.fac = "std.lv",
                            ID.cat = "Wu.Estabrook.2016", group = "gender", group.equal = levels[[level]])
    fit <- cfa(as.character(syntax), data = data, ordered = items, group = "gender", parameterization = "theta",
               estimator = "WLSMV", missing = missing)
    m <- fitMeasures(fit)
    data.frame(missing = missing, level = level, n = lavInspect(fit, "ntotal"), chisq = m[["chisq.scaled"]],
               df = m[["df"]], cfi_scaled = m[["cfi.scaled"]], rmsea_scaled = m[["rmsea.scaled"]])
  }))
}
write_table(rbind(ladder("listwise"), ladder("pairwise")), "gender.csv")
write_session("lavaan", "semTools")
