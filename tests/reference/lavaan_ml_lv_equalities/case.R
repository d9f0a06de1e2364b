# By school, equal latent variances and covariances too.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(
  read_model(), data = data,
  group = "school",
  group.equal = c("loadings", "intercepts", "lv.variances", "lv.covariances", "means")
)
write_case(fit)
